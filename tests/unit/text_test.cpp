// How single values are written.
#include "catch.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <random>
#include <string>
#include <string_view>

#include "output/clock.h"
#include "output/text.h"

using namespace tcptrail;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

// What a put function writes, which stays within the room it may have.
template <typename Put, typename Value>
std::string written(Put put_value, const Value &value, std::size_t room = value_room) {
    std::string out(room + 1, '~');
    const char *end = put_value(out.data(), value);
    REQUIRE(end <= out.data() + room);
    REQUIRE(out.back() == '~');
    return out.substr(0, static_cast<std::size_t>(end - out.data()));
}

std::string address(const char *text) {
    Address bytes{};
    REQUIRE(inet_pton(AF_INET6, text, bytes.data()) == 1);
    return written(put_address, bytes);
}

std::string token(std::string_view text) {
    return written(put_token, text, text_room(text.size()));
}
std::string json(std::string_view text) {
    return written(put_json_string, text, text_room(text.size()));
}
std::string csv(std::string_view text) {
    return written(put_csv_text, text, text_room(text.size()));
}
std::string fixed(std::int64_t value, unsigned decimals) {
    return written(put_fixed, Fixed{value, decimals});
}
std::string utc(std::chrono::nanoseconds since) {
    return written(put_utc, WallTime{since});
}

struct TimeZone {
    explicit TimeZone(const char *zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    TimeZone(const TimeZone &) = delete;
    TimeZone &operator=(const TimeZone &) = delete;
    ~TimeZone() {
        unsetenv("TZ");
        tzset();
    }
};

} // namespace

TEST_CASE("a mapped address prints as IPv4") {
    CHECK(address("::ffff:0.0.0.0") == "0.0.0.0");
    CHECK(address("::ffff:127.0.0.1") == "127.0.0.1");
    CHECK(address("::ffff:255.255.255.255") == "255.255.255.255");
}

TEST_CASE("IPv6 prints as RFC 5952 wants it") {
    CHECK(address("::") == "::");
    CHECK(address("::1") == "::1");
    CHECK(address("fe80::") == "fe80::");
    CHECK(address("2001:DB8::00A1") == "2001:db8::a1");
    CHECK(address("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");
    CHECK(address("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");
    CHECK(address("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");
    CHECK(address("1:2:3:4:5:6:0:0") == "1:2:3:4:5:6::");
    CHECK(address("0:2:3:4:5:6:7:8") == "0:2:3:4:5:6:7:8");
    CHECK(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") ==
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("every IPv6 address reads back as itself") {
    std::mt19937 random(1); // NOLINT(cert-msc51-cpp): the same addresses each time
    for (int round = 0; round < 10000; ++round) {
        Address bytes{};
        for (std::size_t i = 0; i < bytes.size(); i += 2)
            if (random() % 2 == 0)
                bytes.at(i + random() % 2) = static_cast<std::uint8_t>(random());
        const std::string text = written(put_address, bytes);
        Address back{};
        REQUIRE(inet_pton(AF_INET6, text.c_str(), back.data()) == 1);
        REQUIRE(back == bytes);
    }
}

TEST_CASE("an ordinary name is its own token") {
    CHECK(token("nginx") == "nginx");
    CHECK(token("kworker/u8:2-e") == "kworker/u8:2-e");
    CHECK(token("a#b") == "a#b");
    CHECK(token("\xc3\xa9t\xc3\xa9") == "\xc3\xa9t\xc3\xa9");
    CHECK(token("\xf0\x9f\x90\x98") == "\xf0\x9f\x90\x98");
}

TEST_CASE("an empty field is a dash, and a dash is never a name") {
    CHECK(token("") == "-");
    CHECK(token("-") == "\\055");
    CHECK(token("--") == "--");
}

TEST_CASE("what would split or hide a token is an octal escape") {
    CHECK(token("Web Content") == "Web\\040Content");
    CHECK(token("a\tb\nc\rd") == "a\\011b\\012c\\015d");
    CHECK(token("\x1b[31m") == "\\033[31m");
    CHECK(token("back\\slash") == "back\\134slash");
    CHECK(token("#hash") == "\\043hash");
    CHECK(token("del\x7f") == "del\\177");
}

TEST_CASE("bytes that are no UTF-8 are octal escapes in a token") {
    CHECK(token("a\xff"
                "b") == "a\\377b");
    CHECK(token("\xe2\x82") == "\\342\\202");
    CHECK(token("\xc0\x80") == "\\300\\200");          // overlong
    CHECK(token("\xed\xa0\x80") == "\\355\\240\\200"); // surrogate
    CHECK(token("\xf4\x90\x80\x80") == "\\364\\220\\200\\200");
}

TEST_CASE("Unicode's blanks, line ends, C1 controls and reordering marks are octal escapes") {
    CHECK(token("\xc2\x85") == "\\302\\205");
    CHECK(token("\xc2\x9b"
                "31m") == "\\302\\23331m");
    CHECK(token("\xc2\xa0") == "\\302\\240");
    CHECK(token("\xe2\x80\xa8") == "\\342\\200\\250");
    CHECK(token("\xe2\x80\xae") == "\\342\\200\\256");
    CHECK(token("\xe3\x80\x80") == "\\343\\200\\200");
}

TEST_CASE("a message keeps its blanks and backslashes but no control bytes") {
    const auto printable = [](std::string_view text) {
        return written(put_printable, text, text_room(text.size()));
    };
    CHECK(printable("cannot write C:\\x: full") == "cannot write C:\\x: full");
    CHECK(printable("\x1b]0;x\n") == "\\033]0;x\\012");
    CHECK(printable("# \xff") == "# \\377");
}

TEST_CASE("a JSON string escapes quotes, backslashes and controls") {
    CHECK(json("curl") == R"("curl")");
    CHECK(json("") == R"("")");
    CHECK(json(R"(a "b" \c)") == R"("a \"b\" \\c")");
    CHECK(json("\b\t\n\f\r\x1b\x7f") == R"("\b\t\n\f\r\u001b\u007f")");
    CHECK(json("\xc2\x9b\xe2\x80\xa8") == R"("\u009b\u2028")");
    CHECK(json("\xf0\x9f\x90\x98 ok") == "\"\xf0\x9f\x90\x98 ok\"");
}

TEST_CASE("JSON replaces each broken sequence by one U+FFFD") {
    CHECK(json("a\xff"
               "b") == "\"a\xef\xbf\xbd"
                       "b\"");
    CHECK(json("\xe2\x82") == "\"\xef\xbf\xbd\""); // cut off
    CHECK(json("\xe2\x82x") == "\"\xef\xbf\xbdx\"");
    CHECK(json("\xc0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\""); // no lead byte, no sequence
}

TEST_CASE("CSV quotes what would end a field") {
    CHECK(csv("nginx: worker") == "nginx: worker");
    CHECK(csv("").empty());
    CHECK(csv("a,b") == "\"a,b\"");
    CHECK(csv("a\"b") == "\"a\"\"b\"");
    CHECK(csv(" a") == "\" a\"");
    CHECK(csv("a ") == "\"a \"");
}

TEST_CASE("CSV defuses what a spreadsheet would compute") {
    CHECK(csv("=cmd") == "'=cmd");
    CHECK(csv("+1") == "'+1");
    CHECK(csv("-1") == "'-1");
    CHECK(csv("@x") == "'@x");
    CHECK(csv("=a,b") == "\"'=a,b\"");
    CHECK(csv("  =x") == "\"'  =x\"");
    CHECK(csv("\xef\xbc\x9dx") == "'\xef\xbc\x9dx"); // full width
    CHECK(csv("a=b") == "a=b");
}

TEST_CASE("CSV carries nothing that ends a line, acts on a terminal or does not show") {
    CHECK(csv("a\nb\rc\td") == "a\xef\xbf\xbd"
                               "b\xef\xbf\xbd"
                               "c\xef\xbf\xbd"
                               "d");
    CHECK(csv("\xe2\x80\xaetxt") == "\xef\xbf\xbdtxt"); // right to left
    CHECK(csv("\x1b[31m") == "\xef\xbf\xbd[31m");
    CHECK(csv("\xff") == "\xef\xbf\xbd");
    CHECK(csv("\xc2\x9b") == "\xef\xbf\xbd");
}

TEST_CASE("a fixed number has all its decimals") {
    CHECK(fixed(0, 2) == "0.00");
    CHECK(fixed(5, 2) == "0.05");
    CHECK(fixed(532, 2) == "5.32");
    CHECK(fixed(123456, 3) == "123.456");
    CHECK(fixed(-5, 3) == "-0.005");
    CHECK(fixed(7, 0) == "7");
    CHECK(fixed(std::numeric_limits<std::int64_t>::min(), 2) == "-92233720368547758.08");
}

TEST_CASE("a number is exact up to 64 bits") {
    CHECK(written(put_number, std::uint64_t{0}) == "0");
    CHECK(written(put_number, std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    for (std::uint64_t power = 1, digits = 1; digits < 20; power *= 10, ++digits)
        for (const std::uint64_t value : {power - 1, power, 5 * power, power * 10 - 1})
            CHECK(written(put_number, value) == std::to_string(value));
}

TEST_CASE("bytes for humans have at most five characters and round to the nearest") {
    const auto human = [](std::uint64_t bytes) { return written(put_human, bytes, 5); };
    CHECK(human(0) == "0");
    CHECK(human(999) == "999");
    CHECK(human(1023) == "1023");
    CHECK(human(1024) == "1.0K");
    CHECK(human(1075) == "1.0K");
    CHECK(human(1076) == "1.1K");
    CHECK(human(10188) == "9.9K");
    CHECK(human(10189) == "10K"); // not 10.0K
    CHECK(human(10240) == "10K");
    CHECK(human(10751) == "10K");
    CHECK(human(10752) == "11K");
    CHECK(human(1023 * 1024) == "1023K");
    CHECK(human(1048063) == "1023K");
    CHECK(human(1048064) == "1.0M"); // not 1024K
    CHECK(human(1048575) == "1.0M");
    CHECK(human(1048576) == "1.0M");
    CHECK(human((1 << 30) - 1) == "1.0G");
    CHECK(human(std::uint64_t{1} << 40) == "1.0T");
    CHECK(human(std::uint64_t{1} << 50) == "1.0P");
    CHECK(human(std::uint64_t{1} << 60) == "1.0E");
    CHECK(human(std::numeric_limits<std::uint64_t>::max()) == "16E");
}

TEST_CASE("more bytes are never told as less") {
    const auto told = [](std::uint64_t bytes) {
        const std::string text = written(put_human, bytes, 5);
        const std::size_t power = std::string("KMGTPE").find(text.back());
        return std::stod(text) * (power == std::string::npos
                                      ? 1.0
                                      : std::ldexp(1024.0, 10 * static_cast<int>(power)));
    };
    double before = 0;
    std::uint64_t last = 0;
    for (std::uint64_t bytes = 1; bytes > last; last = bytes, bytes += bytes / 97 + 1) {
        const double now = told(bytes);
        CAPTURE(bytes);
        REQUIRE(now >= before);
        before = now;
    }
}

TEST_CASE("UTC times are RFC 3339 with microseconds, cut not rounded") {
    CHECK(utc(1795164396123456999ns) == "2026-11-20T08:46:36.123456Z");
    CHECK(utc(0ns) == "1970-01-01T00:00:00.000000Z");
    CHECK(utc(951782400000001000ns) == "2000-02-29T00:00:00.000001Z");
}

TEST_CASE("the local clock follows the zone and every second") {
    const TimeZone zone("AAA-05:30");
    Clock clock{WallTime{}};
    const auto local = [&clock](std::chrono::nanoseconds since) {
        return written([&clock](char *at, WallTime t) { return clock.put_local(at, t); },
                       WallTime{since});
    };
    CHECK(local(1795164396123999999ns) == "14:16:36.123");
    CHECK(local(1795164396999999999ns) == "14:16:36.999");
    CHECK(local(1795164397000000000ns) == "14:16:37.000");
    CHECK(local(1795164396005000000ns) == "14:16:36.005");
}

TEST_CASE("elapsed time counts from the start") {
    const Clock clock{WallTime{10s}};
    const auto elapsed = [&clock](std::chrono::nanoseconds since) {
        return written([&clock](char *at, WallTime t) { return clock.put_elapsed(at, t); },
                       WallTime{since});
    };
    CHECK(elapsed(10s) == "0.000");
    CHECK(elapsed(11s + 482ms + 999us) == "1.482");
    CHECK(elapsed(9s + 999ms) == "-0.001");
}

TEST_CASE("names are the ones users know") {
    CHECK(event_name(EventKind::connect) == "connect");
    CHECK(event_name(EventKind::accept) == "accept");
    CHECK(event_name(EventKind::close) == "close");
    CHECK(event_name(EventKind::open) == "open");
    CHECK(event_name(EventKind::sample) == "sample");
    CHECK(role_name(Role::client) == "client");
    CHECK(role_name(Role::server) == "server");
    CHECK(end_name(End::local) == "local");
    CHECK(end_name(End::local_reset) == "local-reset");
    CHECK(end_name(End::remote_reset) == "remote-reset");
    CHECK(end_name(End::unaccepted) == "unaccepted");
    CHECK(end_name(End::open) == "open");
    CHECK(state_name(TcpState::established) == "ESTABLISHED");
    CHECK(state_name(TcpState::syn_sent) == "SYN_SENT");
    CHECK(state_name(TcpState::fin_wait2) == "FIN_WAIT2");
    CHECK(state_name(TcpState::closing) == "CLOSING");
    CHECK(state_name(static_cast<TcpState>(99)) == "unknown");
    CHECK(errno_name(ECONNREFUSED) == "ECONNREFUSED");
    CHECK(errno_name(ETIMEDOUT) == "ETIMEDOUT");
    CHECK(errno_name(EHOSTUNREACH) == "EHOSTUNREACH");
    CHECK(errno_name(EADDRNOTAVAIL) == "EADDRNOTAVAIL");
    CHECK(errno_name(99999) == "unknown");
}
