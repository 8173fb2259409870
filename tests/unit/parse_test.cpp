// Values of options, read from text.
#include "catch.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

template <typename T> T value(const Parsed<T> &parsed) {
    if (const auto *problem = std::get_if<Problem>(&parsed))
        FAIL("not understood: " << problem->text);
    return std::get<T>(parsed);
}

template <typename T> std::string problem(const Parsed<T> &parsed) {
    return std::holds_alternative<Problem>(parsed) ? std::get<Problem>(parsed).text : "";
}

std::string pattern(std::string_view text) {
    return value(parse_comm(text)).pattern;
}

bool matches(std::string_view glob, const char *name) {
    return fnmatch(pattern(glob).c_str(), name, 0) == 0;
}

// "10.0.0.0/8" -> "::ffff:10.0.0.0/104"
std::string network(std::string_view text) {
    const Network result = value(parse_network(text));
    std::array<char, INET6_ADDRSTRLEN> name{};
    inet_ntop(AF_INET6, result.address.data(), name.data(), name.size());
    return std::string(name.data()) + "/" + std::to_string(result.prefix);
}

std::string ports(std::string_view text) {
    const PortRange range = value(parse_ports(text));
    return std::to_string(range.low) + "-" + std::to_string(range.high);
}

} // namespace

TEST_CASE("a list is split at its commas, ^ and ! exclude a value") {
    const auto rules = value(split_list("a,^b,!c,d^"));
    REQUIRE(rules.size() == 4);
    CHECK((rules[0].value == "a" && !rules[0].exclude));
    CHECK((rules[1].value == "b" && rules[1].exclude));
    CHECK((rules[2].value == "c" && rules[2].exclude));
    CHECK((rules[3].value == "d^" && !rules[3].exclude));
}

TEST_CASE("a list with an empty value is refused") {
    for (const char *text : {"", ",", "a,", ",a", "a,,b", "^", "a,^", "!,a"}) {
        CAPTURE(text);
        CHECK_FALSE(problem(split_list(text)).empty());
    }
}

TEST_CASE("a process id is a number from 1 to the kernel's limit") {
    CHECK(value(parse_pid("1")) == 1);
    CHECK(value(parse_pid("4194304")) == 4194304);
    for (const char *text : {"0", "4194305", "-1", "+1", "1 ", " 1", "0x1", "1e3", "abc", "", "1.0",
                             "99999999999999999999"}) {
        CAPTURE(text);
        CHECK(problem(parse_pid(text)).find("is not a process id") != std::string::npos);
    }
}

TEST_CASE("a port is a number or a range of two") {
    CHECK(ports("80") == "80-80");
    CHECK(ports("8000-8080") == "8000-8080");
    CHECK(ports("1-65535") == "1-65535");
    CHECK(ports("7-7") == "7-7");
    for (const char *text : {"0", "65536", "70000", "80-", "-80", "-", "80-90-", "80:90", "http",
                             "80 ", "1--2", "0-80", "80-70000"}) {
        CAPTURE(text);
        CHECK(problem(parse_ports(text)).find("is not a port") != std::string::npos);
    }
    CHECK(problem(parse_ports("90-80")) == "the range '90-80' runs backwards: write 80-90");
}

TEST_CASE("an IPv4 network is kept as a mapped one, bits past the prefix are cleared") {
    CHECK(network("10.1.2.3") == "::ffff:10.1.2.3/128");
    CHECK(network("10.1.2.3/8") == "::ffff:10.0.0.0/104");
    CHECK(network("10.255.2.3/9") == "::ffff:10.128.0.0/105");
    CHECK(network("1.2.3.4/32") == "::ffff:1.2.3.4/128");
    CHECK(network("0.0.0.0/0") == "::ffff:0.0.0.0/96");
}

TEST_CASE("an IPv6 network is kept as written, bits past the prefix are cleared") {
    CHECK(network("::1") == "::1/128");
    CHECK(network("fd00:1:2::5/8") == "fd00::/8");
    CHECK(network("2001:db8:ffff::/33") == "2001:db8:8000::/33");
    CHECK(network("::/0") == "::/0");
    CHECK(network("::ffff:10.1.2.3/104") == "::ffff:10.0.0.0/104");
}

TEST_CASE("what is no network is refused with what is wrong") {
    for (const char *text : {"", "10.0.0", "10/8", "010.0.0.1", "10.0.0.1:80", "[::1]",
                             "fe80::1%eth0", "example.com", "/8", "10.0.0.256", " 10.0.0.1"}) {
        CAPTURE(text);
        CHECK(problem(parse_network(text)).find("is not an address") != std::string::npos);
    }
    CHECK(problem(parse_network("10.0.0.0/33")) ==
          "the prefix length of '10.0.0.0/33' is not a number from 0 to 32");
    for (const char *text : {"::/129", "::/", "::/x", "::/-1", "::/8/8", "10.0.0.0/ 8"}) {
        CAPTURE(text);
        CHECK(problem(parse_network(text)).find("prefix length") != std::string::npos);
    }
}

TEST_CASE("a name of up to 15 bytes is kept as it is") {
    CHECK(pattern("nginx") == "nginx");
    CHECK(pattern("abcdefghijklmno") == "abcdefghijklmno");
    CHECK_FALSE(value(parse_comm("abcdefghijklmno")).is_cut);
    CHECK(matches("pool-1-thread-1", "pool-1-thread-1"));
    CHECK(matches("a-b]c", "a-b]c"));
}

TEST_CASE("a longer name is cut to the 15 bytes that the kernel keeps") {
    const auto glob = value(parse_comm("systemd-timesyncd"));
    CHECK(glob.pattern == "systemd-timesyn");
    CHECK(glob.is_cut);
}

TEST_CASE("a glob is cut by the bytes it matches at least, not by its own length") {
    CHECK(pattern("systemd-timesyncd*") == "systemd-timesyn");
    CHECK(value(parse_comm("systemd-timesyncd*")).is_cut);
    CHECK(pattern("systemd-timesyn*") == "systemd-timesyn");
    CHECK_FALSE(value(parse_comm("systemd-timesyn*")).is_cut);
    CHECK(pattern("[abcdefghijklmnop]*x") == "[abcdefghijklmnop]*x");
    CHECK(pattern("????????????????") == "???????????????");
    CHECK_FALSE(value(parse_comm("*a*b*c*d*e*f*g*h*i*j*")).is_cut);
    CHECK(value(parse_comm("\\040\\040\\040\\040\\040")).is_cut == false);
}

TEST_CASE("globs match as in a shell") {
    CHECK(matches("postgres*", "postgres"));
    CHECK(matches("postgres*", "postgres: main"));
    CHECK_FALSE(matches("postgres*", "mypostgres"));
    CHECK(matches("w?rker", "worker"));
    CHECK(matches("kworker[0-9]", "kworker7"));
    CHECK(matches("[!a]b", "cb"));
    CHECK_FALSE(matches("[!a]b", "ab"));
    CHECK(matches("[[:digit:]]x", "7x"));
    CHECK(matches("[]]x", "]x"));
    CHECK(matches("*/*", "kworker/0:1"));
    CHECK(matches("\\*x", "*x"));
    CHECK_FALSE(matches("\\*x", "ax"));
}

TEST_CASE("octal escapes of a printed name are read back") {
    CHECK(matches("a\\040b", "a b"));
    CHECK(matches("a\\134b", "a\\b"));
    CHECK(matches("\\043x", "#x"));
    CHECK(matches("x\\012", "x\n"));
    CHECK(matches("\\136x", "^x"));
    CHECK(matches("a\\054b", "a,b"));
    CHECK(matches("caf\\303\\251", "caf\303\251"));
    CHECK(matches("[\\040_]x", " x"));
}

TEST_CASE("an escaped wildcard is only itself") {
    CHECK(matches("a\\052", "a*"));
    CHECK_FALSE(matches("a\\052", "ab"));
    CHECK(matches("\\133a]", "[a]"));
    CHECK_FALSE(matches("\\133a]", "a"));
}

TEST_CASE("an unfinished bracket or backslash stands for itself") {
    CHECK(matches("[ab", "[ab"));
    CHECK(matches("a[", "a["));
    CHECK(matches("ab\\", "ab\\"));
    CHECK(matches("\\04", "04"));
    CHECK(matches("[[:digit:", "[[:digit:"));
}

TEST_CASE("a name with NUL is refused") {
    CHECK_FALSE(problem(parse_comm("a\\000")).empty());
    CHECK_FALSE(problem(parse_comm("[\\000]")).empty());
}

TEST_CASE("a user is a number or a name of the file") {
    const std::string path = "/tmp/tcptrail-passwd-" + std::to_string(getpid());
    std::ofstream(path) << "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/:/bin/sh\n7up:x:77:7::/:/\n";
    CHECK(value(parse_uid("web", path.c_str())) == 33);
    CHECK(value(parse_uid("root", path.c_str())) == 0);
    CHECK(value(parse_uid("7up", path.c_str())) == 77);
    CHECK(value(parse_uid("1000", path.c_str())) == 1000);
    CHECK(value(parse_uid("4294967294", "/nonexistent")) == 4294967294U);
    CHECK(problem(parse_uid("nobody", path.c_str())) ==
          "no user 'nobody' in " + path + ": give the number (id -u nobody)");
    CHECK_FALSE(problem(parse_uid("web", "/nonexistent")).empty());
    CHECK_FALSE(problem(parse_uid("4294967295", path.c_str())).empty());
    CHECK_FALSE(problem(parse_uid("-1", path.c_str())).empty());
    unlink(path.c_str());
}

TEST_CASE("a network namespace is an inode number or its file") {
    struct stat own {};
    REQUIRE(stat("/proc/self/ns/net", &own) == 0);
    CHECK(value(parse_netns("4026531840")) == 4026531840U);
    CHECK(value(parse_netns("/proc/self/ns/net")) == own.st_ino);
    CHECK(problem(parse_netns("/proc/self/ns/mnt")).find("is not a network namespace") !=
          std::string::npos);
    CHECK(problem(parse_netns("/etc/passwd")).find("is not a network namespace") !=
          std::string::npos);
    CHECK(problem(parse_netns("/nonexistent")).find("No such file") != std::string::npos);
    for (const char *text : {"", "0", "4294967296", "-1"}) {
        CAPTURE(text);
        CHECK_FALSE(problem(parse_netns(text)).empty());
    }
}

TEST_CASE("sizes take K, M and G of either case") {
    CHECK(value(parse_size("0")) == 0);
    CHECK(value(parse_size("4096")) == 4096);
    CHECK(value(parse_size("64K")) == 65536);
    CHECK(value(parse_size("2m")) == 2097152);
    CHECK(value(parse_size("1G")) == 1073741824);
    for (const char *text : {"", "K", "2MB", "1.5M", "-1", "2 M", "2T", "99999999999999999999",
                             "99999999999999999G", "+", "2\v"}) {
        CAPTURE(text);
        CHECK_FALSE(problem(parse_size(text)).empty());
    }
}

TEST_CASE("a buffer is rounded up to a power of two of at least a page") {
    CHECK(value(parse_buffer("1", 4096)) == 4096);
    CHECK(value(parse_buffer("4097", 4096)) == 8192);
    CHECK(value(parse_buffer("2M", 4096)) == 2U << 20);
    CHECK(value(parse_buffer("3M", 4096)) == 4U << 20);
    CHECK(value(parse_buffer("4K", 65536)) == 65536);
    CHECK(value(parse_buffer("1G", 4096)) == 1U << 30);
    for (const char *text : {"0", "0K", "1025M", "4G", "x"}) {
        CAPTURE(text);
        CHECK_FALSE(problem(parse_buffer(text, 4096)).empty());
    }
}

TEST_CASE("seconds have decimals, a rest past milliseconds rounds up") {
    CHECK(value(parse_seconds("0")) == 0ms);
    CHECK(value(parse_seconds("10")) == 10s);
    CHECK(value(parse_seconds("0.1")) == 100ms);
    CHECK(value(parse_seconds(".5")) == 500ms);
    CHECK(value(parse_seconds("1.25")) == 1250ms);
    CHECK(value(parse_seconds("0.0001")) == 1ms);
    CHECK(value(parse_seconds("1.2340")) == 1234ms);
    CHECK(value(parse_seconds("999999999")) == 999999999s);
    for (const char *text : {"", ".", "5.", "-1", "+1", "1e3", "5m", "5 ", " 5", "1.2.3", "inf",
                             "nan", "1,5", "1.x", "0x10", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK(problem(parse_seconds(text)).find("is not a time") != std::string::npos);
    }
    CHECK(problem(parse_seconds("1000000000")).find("is over") != std::string::npos);
}

TEST_CASE("words with a fixed choice name it when they are wrong") {
    CHECK(value(parse_role("server")) == Role::server);
    CHECK(value(parse_backend("auto")) == Backend::automatic);
    CHECK(value(parse_backend("kprobe")) == Backend::kprobe);
    CHECK(value(parse_event("close")) == EventKind::close);
    CHECK(problem(parse_backend("foo")) ==
          "'foo' is not a kind of probe: choose from auto, fentry, kprobe, tracepoint");
    CHECK_FALSE(problem(parse_role("Client")).empty());
    CHECK_FALSE(problem(parse_event("")).empty());
}

TEST_CASE("the nearest word is one slip away") {
    const std::array<std::string_view, 4> views{"trace", "life", "top", "max-connections"};
    CHECK(nearest("trce", views) == "trace");
    CHECK(nearest("tarce", views) == "trace");
    CHECK(nearest("traces", views) == "trace");
    CHECK(nearest("max-conections", views) == "max-connections");
    CHECK(nearest("max-conectons", views) == "max-connections");
    CHECK_FALSE(nearest("file", views));
    CHECK_FALSE(nearest("curl", views));
    CHECK_FALSE(nearest("", views));
    CHECK_FALSE(nearest(std::string(1000000, 'x'), views));
}
