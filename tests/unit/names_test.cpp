// What --names takes from /etc/hosts and /etc/services.
#include "catch.h"

#include <sstream>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "output/names.h"

using namespace tcptrail;

namespace {

Names names_of(const std::string &hosts, const std::string &services = "") {
    Names names;
    std::istringstream host_file(hosts);
    std::istringstream service_file(services);
    names.add_hosts(host_file);
    names.add_services(service_file);
    return names;
}

Address ipv6(const char *text) {
    Address address{};
    REQUIRE(inet_pton(AF_INET6, text, address.data()) == 1);
    return address;
}

} // namespace

TEST_CASE("an address has the first name of its first line") {
    const Names names = names_of("# static\n"
                                 "127.0.0.1\tlocalhost\n"
                                 "127.0.0.1 again\n"
                                 "  10.0.0.9   db.example.org db # primary\n"
                                 "::1 ip6-localhost localhost\r\n"
                                 "fe80::1%eth0 router\n"
                                 "10.0.0.10 #nothing\n"
                                 "10.0.0.11\n"
                                 "nonsense\n\n");
    CHECK(names.of(ipv6("::ffff:127.0.0.1")) == "localhost");
    CHECK(names.of(ipv6("::ffff:10.0.0.9")) == "db.example.org");
    CHECK(names.of(ipv6("::1")) == "ip6-localhost");
    for (const char *unnamed : {"fe80::1", "::ffff:10.0.0.10", "::ffff:10.0.0.11", "::"}) {
        CAPTURE(unnamed);
        CHECK(names.of(ipv6(unnamed)).empty());
    }
    CHECK(names.host_width() == std::string_view("db.example.org").size());
}

TEST_CASE("a port has its first name for TCP") {
    const Names names =
        names_of("", "http\t\t80/tcp\t\twww # WorldWideWeb\n"
                     "www 80/tcp\n"
                     "domain 53/udp\n"
                     "domain-s 853/tcp\n"
                     "http3 443/udp\n"
                     "big 65536/tcp\nnegative -1/tcp\nno-port /tcp\nall 7/tcp,udp\n");
    CHECK(names.of(std::uint16_t{80}) == "http");
    CHECK(names.of(std::uint16_t{853}) == "domain-s");
    for (const std::uint16_t unnamed : {0, 7, 53, 443, 65535}) {
        CAPTURE(unnamed);
        CHECK(names.of(unnamed).empty());
    }
    CHECK(names.service_width() == std::string_view("domain-s").size());
}

TEST_CASE("what could mislead or break a reader is no name") {
    const auto name = [](const std::string &text) {
        return std::string(names_of("10.0.0.1 " + text + "\n").of(ipv6("::ffff:10.0.0.1")));
    };
    CHECK(name("a") == "a");
    CHECK(name("1and1") == "1and1");
    CHECK(name("under_score") == "under_score");
    for (const std::string text : {"-", "-a", ".a", "_a", "10.0.0.2", "80", "a\033[31m", "a\"b",
                                   "a\\b", "a\xc3\xa9", "a,b", "=a", "a=b", "a/b", "a:b", "a<b>"}) {
        CAPTURE(text);
        CHECK(name(text).empty());
    }
    CHECK(name(std::string(host_name_limit, 'a')).size() == host_name_limit);
    CHECK(name(std::string(host_name_limit + 1, 'a')).empty());
    const std::string service(service_name_limit, 'a');
    CHECK(names_of("", service + " 1/tcp\n" + service + "a 2/tcp\n").of(std::uint16_t{1}) ==
          service);
    CHECK(names_of("", service + "a 2/tcp\n").of(std::uint16_t{2}).empty());
}
