// Filters on facts of birth, decided as the kernel decides them.
#include "catch.h"

#include <arpa/inet.h>

#include "flow/birth_match.h"
#include "parse.h"
#include "samples.h"

using namespace tcptrail;

namespace {

Address address(const std::string &text) {
    Address bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
        REQUIRE(inet_pton(AF_INET6, ("::ffff:" + text).c_str(), bytes.data()) == 1);
    return bytes;
}

Event event_of(Family family, const char *laddr, std::uint16_t lport, const char *raddr,
               std::uint16_t rport) {
    Event event;
    event.tuple.family = family;
    if (laddr != nullptr)
        event.tuple.laddr = address(laddr);
    event.tuple.raddr = address(raddr);
    event.tuple.lport = lport;
    event.tuple.rport = rport;
    event.netns = 4026531840;
    return event;
}

// A client over IPv4, from and to these.
Event ipv4_event(const char *laddr, const char *raddr) {
    return event_of(Family::ipv4, laddr, 50000, raddr, 80);
}

Event ipv6_event(const char *laddr, const char *raddr) {
    return event_of(Family::ipv6, laddr, 50000, raddr, 80);
}

Event ports_event(std::uint16_t lport, std::uint16_t rport) {
    return event_of(Family::ipv4, "10.0.0.1", lport, "10.0.0.2", rport);
}

// As an option is read: "80,^8000-8080".
template <typename T, typename Parse>
std::vector<Rule<T>> rules(std::string_view list, const Parse &parse) {
    const auto parts = std::get<std::vector<Rule<std::string>>>(split_list(list));
    std::vector<Rule<T>> rules;
    for (const auto &part : parts)
        rules.push_back({std::get<T>(parse(part.value)), part.exclude});
    return rules;
}

std::vector<Rule<PortRange>> ports(std::string_view list) {
    return rules<PortRange>(list, parse_ports);
}

std::vector<Rule<Network>> networks(std::string_view list) {
    return rules<Network>(list, parse_network);
}

bool either(std::string_view list, std::uint16_t lport, std::uint16_t rport) {
    BirthFilter filter;
    filter.ports = ports(list);
    return matches_birth(filter, ports_event(lport, rport));
}

bool remote(std::string_view list, const Event &event) {
    BirthFilter filter;
    filter.raddrs = networks(list);
    return matches_birth(filter, event);
}

bool local(std::string_view list, const Event &event) {
    BirthFilter filter;
    filter.laddrs = networks(list);
    return matches_birth(filter, event);
}

bool remote4(std::string_view list, const char *raddr) {
    return remote(list, ipv4_event("10.0.0.1", raddr));
}

bool remote6(std::string_view list, const char *raddr) {
    return remote(list, ipv6_event("fd00::1", raddr));
}

} // namespace

TEST_CASE("without filters every birth matches") {
    CHECK(matches_birth({}, ipv4_event("10.0.0.1", "10.0.0.2")));
    CHECK(matches_birth({}, ipv6_event("fd00::1", "fd00::2")));
    CHECK(matches_birth({}, event_of(Family::ipv6, nullptr, 0, "fd00::2", 0)));
    CHECK(matches_ports({}, 0));
    CHECK(matches_ports({}, 65535));
}

TEST_CASE("a listed port range holds both its ends") {
    CHECK_FALSE(matches_ports(ports("8000-8080"), 7999));
    CHECK(matches_ports(ports("8000-8080"), 8000));
    CHECK(matches_ports(ports("8000-8080"), 8080));
    CHECK_FALSE(matches_ports(ports("8000-8080"), 8081));
    CHECK(matches_ports(ports("1-65535"), 65535));
}

TEST_CASE("listed ports are or-ed, excluded ones veto in any order") {
    CHECK(matches_ports(ports("80,443"), 443));
    CHECK_FALSE(matches_ports(ports("80,443"), 22));
    for (const auto *list : {"1-1024,^22", "^22,1-1024", "22,1-1024,^22"}) {
        CHECK(matches_ports(ports(list), 23));
        CHECK_FALSE(matches_ports(ports(list), 22));
        CHECK_FALSE(matches_ports(ports(list), 1025));
    }
}

TEST_CASE("nothing but excluded ports takes all others") {
    CHECK(matches_ports(ports("^22,^80"), 443));
    CHECK_FALSE(matches_ports(ports("^22,^80"), 80));
}

TEST_CASE("-P takes a connection by either port and drops it by either") {
    CHECK(either("80", 50000, 80));
    CHECK(either("80", 80, 50000));
    CHECK_FALSE(either("80", 50000, 443));
    CHECK(either("^22", 50000, 80));
    CHECK_FALSE(either("^22", 22, 50000));
    CHECK_FALSE(either("^22", 50000, 22));
    CHECK_FALSE(either("80,^50000", 50000, 80));
    CHECK(either("1-1024,^80", 443, 50000));
}

TEST_CASE("-L and -D look at their own port") {
    BirthFilter filter;
    filter.lports = ports("80");
    CHECK(matches_birth(filter, ports_event(80, 50000)));
    CHECK_FALSE(matches_birth(filter, ports_event(50000, 80)));
    filter.lports.clear();
    filter.rports = ports("^80");
    CHECK(matches_birth(filter, ports_event(80, 50000)));
    CHECK_FALSE(matches_birth(filter, ports_event(50000, 80)));
    filter.lports = ports("80");
    filter.ports = ports("^50000");
    CHECK_FALSE(matches_birth(filter, ports_event(80, 50000)));
    CHECK(matches_birth(filter, ports_event(80, 50001)));
}

TEST_CASE("an address is a network of its own") {
    CHECK(remote4("10.0.0.2", "10.0.0.2"));
    CHECK_FALSE(remote4("10.0.0.2", "10.0.0.3"));
    CHECK(remote6("fd00::2", "fd00::2"));
    CHECK_FALSE(remote6("fd00::2", "fd00::3"));
}

TEST_CASE("a network holds the addresses that share its prefix, to the bit") {
    CHECK(remote4("10.0.0.0/9", "10.127.255.255"));
    CHECK_FALSE(remote4("10.0.0.0/9", "10.128.0.0"));
    CHECK(remote4("10.0.0.254/31", "10.0.0.255"));
    CHECK_FALSE(remote4("10.0.0.254/31", "10.0.0.253"));
    CHECK(remote6("fd00::/8", "fdff::1"));
    CHECK_FALSE(remote6("fd00::/8", "fe00::1"));
    CHECK(remote6("fe80::/10", "febf::1"));
    CHECK_FALSE(remote6("fe80::/10", "fec0::1"));
}

TEST_CASE("networks of one option are or-ed, excluded ones take from them") {
    CHECK(remote4("10.0.0.0/8,192.168.0.0/16", "192.168.3.4"));
    CHECK_FALSE(remote4("10.0.0.0/8,192.168.0.0/16", "172.16.0.1"));
    CHECK(remote4("10.0.0.0/8,^10.1.0.0/16", "10.2.0.1"));
    CHECK_FALSE(remote4("10.0.0.0/8,^10.1.0.0/16", "10.1.0.1"));
    CHECK_FALSE(remote4("10.0.0.0/8,^10.1.0.0/16", "11.0.0.1"));
}

TEST_CASE("nothing but excluded networks takes all others") {
    CHECK(remote4("^10.0.0.0/8", "11.0.0.1"));
    CHECK_FALSE(remote4("^10.0.0.0/8", "10.0.0.1"));
    CHECK(remote6("^10.0.0.0/8", "fd00::1"));
}

TEST_CASE("an included network inside an excluded one is excluded") {
    for (const auto *list : {"10.1.0.0/16,^10.0.0.0/8", "^10.0.0.0/8,10.1.0.0/16",
                             "0.0.0.0/0,^10.0.0.0/8,10.1.0.0/16,10.1.2.0/24"})
        CHECK_FALSE(remote4(list, "10.1.2.3"));
    CHECK(remote4("0.0.0.0/0,^10.0.0.0/8,10.1.0.0/16", "11.1.2.3"));
    CHECK_FALSE(remote4("10.1.0.0/16,^10.1.0.0/16", "10.1.2.3"));
    CHECK_FALSE(remote6("fd00::/16,^fd00::/8", "fd00::1"));
}

TEST_CASE("a network is of one family") {
    CHECK_FALSE(remote4("::/0", "10.0.0.2"));
    CHECK(remote4("^::/0", "10.0.0.2"));
    CHECK_FALSE(remote6("0.0.0.0/0", "fd00::2"));
    CHECK(remote6("::/0", "fd00::2"));
    CHECK_FALSE(remote6("^::/0", "fd00::2"));
    CHECK(remote4("0.0.0.0/0", "10.0.0.2"));
    CHECK(remote4("10.1.0.0/16,^::/0", "10.1.0.1"));
}

TEST_CASE("a prefix under 96 holds no mapped address") {
    CHECK_FALSE(remote4("::ffff:0:0/95", "10.0.0.2"));
    CHECK_FALSE(remote4("::/80", "10.0.0.2"));
    CHECK(remote4("::ffff:0:0/96", "10.0.0.2"));
    CHECK(remote4("::ffff:10.0.0.0/104", "10.0.0.2"));
    CHECK_FALSE(remote4("::ffff:10.0.0.0/104", "11.0.0.2"));
}

TEST_CASE("the mapped addresses of an IPv6 socket are IPv4") {
    const Event event = ipv4_event("::ffff:10.0.0.1", "::ffff:10.0.0.2");
    CHECK(remote("10.0.0.0/24", event));
    CHECK(local("10.0.0.1", event));
    BirthFilter filter;
    filter.family = Family::ipv4;
    CHECK(matches_birth(filter, event));
}

TEST_CASE("--addr looks at the remote address, --laddr at the local one") {
    const Event event = ipv4_event("10.0.0.1", "192.168.0.1");
    CHECK(remote("192.168.0.0/16", event));
    CHECK_FALSE(remote("10.0.0.0/8", event));
    CHECK(local("10.0.0.0/8", event));
    CHECK_FALSE(local("192.168.0.0/16", event));
    CHECK_FALSE(local("^10.0.0.0/8", event));
    CHECK(local("^192.168.0.0/16", event));
}

TEST_CASE("a local port that was not chosen is port 0") {
    const Event event = event_of(Family::ipv4, nullptr, 0, "10.0.0.2", 80);
    BirthFilter filter;
    filter.lports = ports("1-65535");
    CHECK_FALSE(matches_birth(filter, event));
    filter.lports = ports("^1-65535");
    CHECK(matches_birth(filter, event));
    filter.lports.clear();
    filter.ports = ports("80");
    CHECK(matches_birth(filter, event));
}

TEST_CASE("a local address that was not chosen is all zero") {
    const Event ipv4 = event_of(Family::ipv4, nullptr, 0, "10.0.0.2", 80);
    CHECK_FALSE(local("10.0.0.0/8", ipv4));
    CHECK_FALSE(local("0.0.0.0/0", ipv4));
    CHECK(local("^0.0.0.0/0", ipv4));
    const Event ipv6 = event_of(Family::ipv6, nullptr, 0, "fd00::2", 80);
    CHECK_FALSE(local("fd00::/8", ipv6));
    CHECK(local("::/0", ipv6));
    CHECK(local("::", ipv6));
    CHECK_FALSE(local("^::/0", ipv6));
    CHECK(local("^fd00::/8", ipv6));
}

TEST_CASE("family, role and namespace each take one value") {
    Event event = ipv6_event("fd00::1", "fd00::2");
    BirthFilter filter;
    filter.family = Family::ipv6;
    CHECK(matches_birth(filter, event));
    filter.role = Role::client;
    CHECK(matches_birth(filter, event));
    filter.netns = 4026531840;
    CHECK(matches_birth(filter, event));
    filter.netns = 4026531841;
    CHECK_FALSE(matches_birth(filter, event));
    filter.netns.reset();
    event.role = Role::server;
    CHECK_FALSE(matches_birth(filter, event));
    filter.role.reset();
    event.tuple.family = Family::ipv4;
    CHECK_FALSE(matches_birth(filter, event));
}

TEST_CASE("all filters must hold at once") {
    BirthFilter filter;
    filter.ports = ports("80");
    filter.lports = ports("50000");
    filter.rports = ports("80");
    filter.raddrs = networks("10.0.0.2");
    filter.laddrs = networks("10.0.0.1");
    filter.family = Family::ipv4;
    filter.role = Role::client;
    const Event event = ipv4_event("10.0.0.1", "10.0.0.2");
    CHECK(matches_birth(filter, event));
    CHECK_FALSE(matches_birth(filter, ipv4_event("10.0.0.1", "10.0.0.3")));
    CHECK_FALSE(matches_birth(filter, ipv4_event("10.0.0.3", "10.0.0.2")));
    CHECK_FALSE(matches_birth(filter, ports_event(50001, 80)));
    CHECK_FALSE(matches_birth(filter, ports_event(50000, 81)));
}
