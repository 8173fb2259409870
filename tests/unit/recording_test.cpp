// A recorded file gives back what was put in.
#include "catch.h"

#include <array>

#include "recordings.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

void check_same(const Event &read, const Event &written) {
    CHECK(read.kind == written.kind);
    CHECK((read.time == written.time));
    CHECK(read.id == written.id);
    CHECK(read.role == written.role);
    CHECK(read.role_inferred == written.role_inferred);
    CHECK(read.existing == written.existing);
    CHECK(read.in_scope == written.in_scope);
    CHECK(read.state == written.state);
    CHECK((read.owner == written.owner));
    CHECK((read.tuple == written.tuple));
    CHECK(read.netns == written.netns);
    CHECK((read.accept_wait == written.accept_wait));
    CHECK((read.outcome == written.outcome));
    CHECK((read.moved == written.moved));
}

// The one entry of a file; its bytes come back when it is written again.
template <typename T> T read_back(const std::string &bytes) {
    const auto items = read_all(recording_head(run_start) + bytes);
    REQUIRE(items.size() == 2);
    REQUIRE(std::holds_alternative<T>(items[0]));
    REQUIRE(std::holds_alternative<EndOfRecording>(items[1]));
    return std::get<T>(items[0]);
}

void check_round_trip(const Event &event) {
    const std::string bytes = entry_of(event);
    const auto read = read_back<Event>(bytes);
    check_same(read, event);
    CHECK(entry_of(read) == bytes);
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text.push_back(digits[static_cast<unsigned char>(byte) >> 4]);
        text.push_back(digits[static_cast<unsigned char>(byte) & 15]);
    }
    return text;
}

} // namespace

TEST_CASE("the head of a recording never changes") {
    CHECK(hex(recording_head(run_start)) == "544350545241494c0100000015055ed081b4e91813969d6a");
}

TEST_CASE("the bytes of an event never change") {
    CHECK(hex(entry_of(full_event())) ==
          "bd0000000104010806ff1f000016055ed081b4e9181817161514131211000000f04241fffefd0116"
          "212c37424d5863646566676800fe8002030405060708090a0b0c0d0e0f24232221282726252c2b2a"
          "2938373635343332310f61ff0a226669667465656e206e616d655545352515050068676665646362"
          "61787776757473727188878685848382819897969594939291a7a6a5a4a3a20100b7b6b5b4b3b201"
          "00feffffffffffffffc4c3c2c10abc0a0000d8d7d6d5d4d3d2d1e8e7e6e5e4e3e2e193758a76");
    CHECK(hex(entry_of(bare_event())) ==
          "3000000001000007040400000015055ed081b4e91801000000000000000000000000005000000000"
          "00000000000000ffff0a0000025f318595");
}

TEST_CASE("the bytes of a loss never change") {
    CHECK(hex(entry_of(Loss{.time = run_start, .count = 0x0102030405060708, .cause = "why"})) ==
          "140000000215055ed081b4e91808070605040302010377687913aae9f2");
}

TEST_CASE("the start of the run is known before the first entry") {
    const std::string head = recording_head(run_start);
    RecordingReader reader;
    CHECK_FALSE(reader.start());
    feed(reader, head);
    CHECK_FALSE(reader.start());
    CHECK(std::holds_alternative<NeedMore>(reader.next()));
    REQUIRE(reader.start());
    CHECK((*reader.start() == run_start));
}

TEST_CASE("a recording without entries is whole") {
    const auto items = read_all(recording_head(run_start));
    REQUIRE(items.size() == 1);
    CHECK(std::holds_alternative<EndOfRecording>(items[0]));
}

TEST_CASE("an event comes back with every field") {
    check_round_trip(full_event());
    check_round_trip(bare_event());
}

TEST_CASE("every kind of event comes back") {
    for (const EventKind kind : {EventKind::connect, EventKind::accept, EventKind::close,
                                 EventKind::open, EventKind::sample})
        check_round_trip(bare_event(kind));
}

TEST_CASE("each flag of an event comes back by itself") {
    for (bool Event::*const flag : {&Event::role_inferred, &Event::existing, &Event::in_scope}) {
        for (const bool value : {false, true}) {
            Event event = bare_event();
            event.*flag = value;
            check_round_trip(event);
        }
    }
}

TEST_CASE("each optional fact of an event may be absent by itself") {
    constexpr std::array drops{
        +[](Event &e) { e.owner.reset(); },
        +[](Event &e) { e.owner->pid.reset(); },
        +[](Event &e) { e.owner->tid.reset(); },
        +[](Event &e) { e.owner->comm = ""; },
        +[](Event &e) { e.tuple.laddr.reset(); },
        +[](Event &e) { e.accept_wait.reset(); },
        +[](Event &e) { e.outcome->duration.reset(); },
        +[](Event &e) { e.outcome->connect.reset(); },
        +[](Event &e) { e.outcome->srtt.reset(); },
    };
    for (const auto drop : drops) {
        Event event = full_event();
        drop(event);
        check_round_trip(event);
    }
}

TEST_CASE("each optional fact of an event may be present by itself") {
    constexpr std::array adds{
        +[](Event &e) { e.owner.emplace(); },
        +[](Event &e) { e.owner.emplace().pid = 7; },
        +[](Event &e) { e.owner.emplace().tid = 8; },
        +[](Event &e) { e.owner.emplace().comm = "x"; },
        +[](Event &e) { e.tuple.laddr = ipv4(10, 0, 0, 1); },
        +[](Event &e) { e.accept_wait = 0us; },
        +[](Event &e) { e.outcome->duration = 1us; },
        +[](Event &e) { e.outcome->connect = 2us; },
        +[](Event &e) { e.outcome->srtt = 3us; },
    };
    for (const auto add : adds) {
        Event event = bare_event(EventKind::close);
        add(event);
        check_round_trip(event);
    }
}

TEST_CASE("ends and states have the numbers that the format gives them") {
    const std::array ends{End::local,   End::remote,     End::local_reset, End::remote_reset,
                          End::refused, End::timeout,    End::unreachable, End::aborted,
                          End::failed,  End::unaccepted, End::open};
    for (std::size_t number = 0; number < ends.size(); ++number) {
        Event event = bare_event(EventKind::close);
        event.outcome->end = ends[number];
        CHECK(static_cast<std::size_t>(payload_of(event)[84]) == number);
        check_round_trip(event);
    }
    for (int state = 0; state <= 11; ++state) {
        Event event = bare_event();
        event.state = static_cast<TcpState>(state);
        CHECK(payload_of(event)[2] == state);
        check_round_trip(event);
    }
}

TEST_CASE("a TCP state that has no name is written as none") {
    Event event = bare_event();
    event.state = static_cast<TcpState>(13); // TCP_BOUND_INACTIVE of Linux 6.8
    const auto read = read_back<Event>(entry_of(event));
    CHECK(read.state == TcpState{});
    CHECK(read.id == event.id);
}

TEST_CASE("times keep their nanoseconds, from 1970 on") {
    for (const WallTime time :
         {WallTime{}, WallTime{1ns}, WallTime{999999999ns}, WallTime::max()}) {
        Event event = bare_event();
        event.time = time;
        check_round_trip(event);
    }
}

TEST_CASE("the longest intervals come back") {
    for (const auto interval : {9223372036854775us, -9223372036854775us}) {
        Event event = bare_event();
        event.accept_wait = interval;
        check_round_trip(event);
    }
}

TEST_CASE("a name may have any bytes") {
    Event event = bare_event();
    event.owner.emplace();
    for (int byte = 0; byte < 256; ++byte) {
        event.owner->comm = std::string(3, static_cast<char>(byte));
        check_round_trip(event);
    }
}

TEST_CASE("a name or a cause that is too long is cut when it is written") {
    Event event = bare_event();
    event.owner = process(1, "sixteen bytes...");
    CHECK(read_back<Event>(entry_of(event)).owner->comm == "sixteen bytes..");
    const Loss loss{.time = run_start, .count = 1, .cause = std::string(65, 'c')};
    CHECK(read_back<Loss>(entry_of(loss)).cause == std::string(64, 'c'));
}

TEST_CASE("a unit comes back with every byte, as long as nothing else is read") {
    for (const std::string &unit : {std::string("nginx.service"), std::string("a\xff\n\"\0b", 6),
                                    std::string(unit_limit, '\xff')}) {
        Event event = full_event();
        event.unit = unit;
        const std::string bytes = entry_of(event);
        RecordingReader reader;
        feed(reader, recording_head(run_start) + bytes);
        const auto read = std::get<Event>(reader.next());
        CHECK(read.unit == unit);
        check_same(read, event);
        CHECK(entry_of(read) == bytes);
    }
}

TEST_CASE("a loss comes back with every field") {
    for (const std::string &cause : {std::string(), std::string("ring buffer full"),
                                     std::string(64, '\xff'), std::string(1, '\0')}) {
        const Loss loss{.time = run_start + 5ns, .count = UINT64_MAX, .cause = cause};
        const auto read = read_back<Loss>(entry_of(loss));
        CHECK((read.time == loss.time));
        CHECK(read.count == loss.count);
        CHECK(read.cause == loss.cause);
    }
}

TEST_CASE("entries come back in the order they were written, in chunks of any size") {
    std::string file = recording_head(run_start);
    std::vector<std::string> entries;
    for (std::uint64_t id = 1; id <= 50; ++id) {
        Event event = id % 2 == 0 ? bare_event() : full_event();
        event.id = id;
        entries.push_back(entry_of(event));
        entries.push_back(entry_of(Loss{.time = run_start, .count = id, .cause = "probe missed"}));
    }
    for (const std::string &bytes : entries)
        file += bytes;
    for (const std::size_t chunk : {1, 2, 3, 5, 7, 64, 255, 4096, 1000000}) {
        const auto items = read_all(file, chunk);
        REQUIRE(items.size() == entries.size() + 1);
        for (std::size_t i = 0; i < entries.size(); i += 2) {
            CHECK(entry_of(std::get<Event>(items[i])) == entries[i]);
            CHECK(entry_of(std::get<Loss>(items[i + 1])) == entries[i + 1]);
        }
        CHECK(std::holds_alternative<EndOfRecording>(items.back()));
    }
}

TEST_CASE("fields that a newer writer appended are skipped") {
    const std::string event = entry(1, payload_of(full_event()) + "new fields");
    check_same(read_back<Event>(event), full_event());
    const Loss loss{.time = run_start, .count = 3, .cause = "why"};
    CHECK(read_back<Loss>(entry(2, payload_of(loss) + std::string(1000, '\0'))).cause == "why");
}

TEST_CASE("flags that a newer writer set are ignored") {
    std::string payload = payload_of(full_event());
    payload[5] = static_cast<char>(payload[5] | 0xc0);
    payload[7] = '\xff';
    check_same(read_back<Event>(entry(1, payload)), full_event());
}

TEST_CASE("kinds of entries that a newer writer knows are skipped") {
    const std::string file = recording_head(run_start) + entry(3, "new") + entry(0, "") +
                             entry_of(full_event()) + entry('\xff', std::string(4096, 'x'));
    for (const std::size_t chunk : {1, 100000}) {
        const auto items = read_all(file, chunk);
        REQUIRE(items.size() == 2);
        check_same(std::get<Event>(items[0]), full_event());
        CHECK(std::holds_alternative<EndOfRecording>(items[1]));
    }
}
