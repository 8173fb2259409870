// What a recorded file may not be: every field of it is hostile.
#include "catch.h"

#include <random>

#include "recordings.h"

using namespace tcptrail;

namespace {

const std::string head = recording_head(run_start);

Damaged damage_of(std::string_view file, std::size_t chunk = 65536) {
    const auto items = read_all(file, chunk);
    REQUIRE(std::holds_alternative<Damaged>(items.back()));
    return std::get<Damaged>(items.back());
}

// The reason why an event with this payload is refused, behind a good one.
std::string refusal(const std::string &payload) {
    const std::string good = head + entry_of(full_event());
    const Damaged damaged = damage_of(good + entry(1, payload) + entry_of(full_event()));
    CHECK(damaged.offset == good.size());
    CHECK_FALSE(damaged.truncated);
    return damaged.reason;
}

// An event's payload with another byte at this place.
std::string with(const Event &event, std::size_t at, int byte) {
    std::string payload = payload_of(event);
    payload.at(at) = static_cast<char>(byte);
    return payload;
}

std::string with_flags(const Event &event, unsigned flags) {
    std::string payload = payload_of(event);
    return payload.replace(4, 4, number32(flags));
}

bool is_sound(const Event &event) {
    const bool opens = event.kind == EventKind::connect || event.kind == EventKind::accept;
    const auto state = static_cast<int>(event.state);
    const auto family = static_cast<int>(event.tuple.family);
    bool sound = event.kind <= EventKind::sample && event.role <= Role::server && state >= 0 &&
                 state <= 11 && (family == 4 || family == 6) && event.time >= WallTime{};
    sound = sound && event.outcome.has_value() == !opens;
    sound = sound && event.moved.has_value() == (event.kind == EventKind::sample);
    if (event.outcome)
        sound = sound && event.outcome->end <= End::open && event.outcome->error >= 0 &&
                event.outcome->error <= 4095;
    return sound && (!event.owner || event.owner->comm.size() <= 15);
}

bool is_sound(const Loss &loss) {
    return loss.time >= WallTime{} && loss.cause.size() <= 64;
}

bool is_sound(const RecordedItem &item) {
    if (const auto *event = std::get_if<Event>(&item))
        return is_sound(*event);
    if (const auto *loss = std::get_if<Loss>(&item))
        return is_sound(*loss);
    if (const auto *damaged = std::get_if<Damaged>(&item))
        return !damaged->reason.empty();
    return std::holds_alternative<EndOfRecording>(item);
}

class Mutator {
  public:
    std::size_t below(std::size_t limit) { return engine_() % limit; }

    void mutate(std::string &bytes) {
        for (std::size_t times = 1 + below(4); times > 0; --times)
            change(bytes, below(bytes.size() + 1));
    }

  private:
    void change(std::string &bytes, std::size_t at) {
        static constexpr std::string_view extremes("\x00\x01\x0f\x10\x7f\x80\xfe\xff", 8);
        switch (below(at < bytes.size() ? 5 : 1)) {
        case 0:
            bytes.insert(at, below(40), static_cast<char>(engine_()));
            break;
        case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
            break;
        case 2:
            bytes[at] = extremes[below(extremes.size())];
            break;
        case 3:
            bytes.erase(at, below(40));
            break;
        default:
            bytes.resize(at);
            break;
        }
    }

    std::mt19937 engine_{20261120};
};

} // namespace

TEST_CASE("a file of something else is no recording") {
    for (const std::string &file : {std::string("{\"event\":\"connect\"}\n"), std::string("x"),
                                    std::string("TCPTRAIX"), std::string(100, '\0')}) {
        const Damaged damaged = damage_of(file);
        CHECK(damaged.reason == "this is not a recording of tcptrail");
        CHECK(damaged.offset == 0);
        CHECK_FALSE(damaged.truncated);
    }
}

TEST_CASE("another version of the format is refused by its number") {
    std::string file = head;
    file[8] = 2;
    const Damaged damaged = damage_of(file);
    CHECK(damaged.reason == "its format is version 2, only version 1 can be read");
    CHECK(damaged.offset == 0);
    // Its head may be shorter than ours.
    CHECK(damage_of(file.substr(0, 12)).reason == damaged.reason);
    file.replace(8, 4, 4, '\xff');
    CHECK(damage_of(file).reason == "its format is version 4294967295, only version 1 can be read");
}

TEST_CASE("a damaged head is told") {
    for (std::size_t at = 12; at < head.size(); ++at) {
        std::string file = head;
        file[at] = static_cast<char>(file[at] ^ 1);
        CHECK(damage_of(file).reason == "the checksum of the head does not match");
    }
}

TEST_CASE("a run that started before 1970 is refused") {
    const std::string file = recording_head(WallTime{std::chrono::nanoseconds(-1)});
    CHECK(damage_of(file).reason == "a time is before 1970");
}

TEST_CASE("a file that ends in the middle of something is told as truncated") {
    const std::string good = head + entry_of(bare_event());
    const std::string file = good + entry_of(full_event());
    for (std::size_t size = 0; size < file.size(); ++size) {
        if (size == head.size() || size == good.size())
            continue;
        const Damaged damaged = damage_of(file.substr(0, size), 1 + size % 9);
        CHECK(damaged.truncated);
        CHECK(damaged.reason == (size < head.size() ? "the file ends in the middle of its head"
                                                    : "the file ends in the middle of an entry"));
        const std::size_t begin = size < head.size()   ? 0
                                  : size < good.size() ? head.size()
                                                       : good.size();
        CHECK(damaged.offset == begin);
    }
}

TEST_CASE("what came before the damage is read") {
    const std::string file = head + entry_of(full_event()) + entry_of(bare_event()) + "\1";
    const auto items = read_all(file, 1);
    REQUIRE(items.size() == 3);
    CHECK(std::get<Event>(items[0]).id == full_event().id);
    CHECK(std::get<Event>(items[1]).id == bare_event().id);
}

TEST_CASE("damage is final") {
    RecordingReader reader;
    const std::string file = head + entry(1, "") + entry_of(full_event());
    feed(reader, file);
    for (int i = 0; i < 3; ++i) {
        const RecordedItem item = reader.next();
        REQUIRE(std::holds_alternative<Damaged>(item));
        CHECK(std::get<Damaged>(item).offset == head.size());
        feed(reader, file);
    }
}

TEST_CASE("every byte of an entry is covered by its checksum or its size") {
    const std::string bytes = entry_of(full_event());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string file = head + bytes + entry_of(bare_event());
        file[head.size() + at] = static_cast<char>(file[head.size() + at] ^ 0x10);
        CHECK(damage_of(file).offset == head.size());
    }
}

TEST_CASE("a size out of range is refused before its bytes come") {
    for (const std::uint32_t size : {4097U, 0x80000000U, 0xffffffffU}) {
        RecordingReader reader;
        const std::string file = head + number32(size);
        feed(reader, file);
        const RecordedItem item = reader.next();
        REQUIRE(std::holds_alternative<Damaged>(item));
        CHECK(std::get<Damaged>(item).reason == "an entry is longer than 4096 bytes");
        CHECK_FALSE(std::get<Damaged>(item).truncated);
    }
}

TEST_CASE("an entry that is cut short with a good checksum is refused") {
    for (const Event &event : {full_event(), bare_event()}) {
        const std::string payload = payload_of(event);
        for (std::size_t size = 0; size < payload.size(); ++size)
            CHECK(refusal(payload.substr(0, size)) == "a field is missing");
    }
    const std::string loss = payload_of(Loss{.time = run_start, .count = 1, .cause = "why"});
    for (std::size_t size = 0; size < loss.size(); ++size)
        CHECK(damage_of(head + entry(2, loss.substr(0, size))).reason == "a field is missing");
}

TEST_CASE("numbers that name nothing are refused") {
    const Event close = bare_event(EventKind::close);
    CHECK(refusal(with(close, 0, 5)) == "a kind of event is unknown");
    CHECK(refusal(with(close, 0, 255)) == "a kind of event is unknown");
    CHECK(refusal(with(close, 1, 2)) == "a role is unknown");
    CHECK(refusal(with(close, 2, 255)) == "a TCP state is unknown");
    CHECK(refusal(with(close, 2, 12)) == "a TCP state is unknown");
    CHECK(refusal(with(close, 3, 0)) == "a family is neither 4 nor 6");
    CHECK(refusal(with(close, 3, 5)) == "a family is neither 4 nor 6");
    CHECK(refusal(with(close, 84, 11)) == "an end is unknown");
    CHECK(refusal(with(close, 84, 255)) == "an end is unknown");
}

TEST_CASE("an errno out of range is refused") {
    Event close = bare_event(EventKind::close);
    for (const int error : {-1, 4096, INT32_MIN, INT32_MAX}) {
        close.outcome->error = error;
        CHECK(refusal(payload_of(close)) == "an errno is out of range");
    }
}

TEST_CASE("times and intervals that could not be reckoned with are refused") {
    CHECK(refusal(with(bare_event(), 15, 0x80)) == "a time is before 1970");
    const Loss early{.time = WallTime{std::chrono::nanoseconds(-1)}, .count = 1, .cause = ""};
    CHECK(damage_of(head + entry_of(early)).reason == "a time is before 1970");
    for (const std::int64_t count : std::initializer_list<std::int64_t>{
             9223372036854776, -9223372036854776, INT64_MAX, INT64_MIN}) {
        const std::chrono::microseconds interval(count);
        for (const auto field : {&Outcome::duration, &Outcome::connect, &Outcome::srtt}) {
            Event close = bare_event(EventKind::close);
            (*close.outcome).*field = interval;
            CHECK(refusal(payload_of(close)) == "an interval is too long");
        }
        Event accept = bare_event(EventKind::accept);
        accept.accept_wait = interval;
        CHECK(refusal(payload_of(accept)) == "an interval is too long");
    }
}

TEST_CASE("a name or a cause that is too long is refused") {
    Event event = bare_event();
    event.owner.emplace();
    const std::string payload = payload_of(event); // ends with the length of the name
    for (const int length : {16, 255}) {
        std::string longer = payload + std::string(300, 'n');
        longer[payload.size() - 1] = static_cast<char>(length);
        CHECK(refusal(longer) == "a process name is longer than 15 bytes");
    }
    std::string loss = payload_of(Loss{.time = run_start, .count = 1, .cause = ""});
    loss.back() = 65;
    CHECK(damage_of(head + entry(2, loss + std::string(300, 'c'))).reason ==
          "the cause of a loss is longer than 64 bytes");
}

TEST_CASE("flags that contradict each other or the kind are refused") {
    const std::string contradiction = "the flags contradict each other";
    constexpr unsigned pid = 1U << 5, tid = 1U << 6, outcome = 1U << 8, moved = 1U << 12;
    for (const unsigned flags : {pid, tid, outcome, moved, 1U << 9, 1U << 10, 1U << 11, 1U << 13})
        CHECK(refusal(with_flags(bare_event(), flags)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::accept), outcome)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::close), 0)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::open), 0)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::open), outcome | moved)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::sample), outcome)) == contradiction);
    CHECK(refusal(with_flags(bare_event(EventKind::sample), moved)) == contradiction);
}

TEST_CASE("a file that was filled with zeros behind its end is damaged there") {
    const std::string good = head + entry_of(full_event());
    const Damaged damaged = damage_of(good + std::string(4096, '\0'));
    CHECK(damaged.offset == good.size());
    CHECK(damaged.reason == "the checksum of an entry does not match");
}

TEST_CASE("100,000 mutations of a recording give sound events or damage") {
    const Loss loss{.time = run_start, .count = 9, .cause = "ring buffer full"};
    const std::string file = head + entry_of(bare_event(EventKind::close)) +
                             entry_of(full_event()) + entry_of(loss) + entry_of(bare_event());
    const std::vector<std::string> payloads{payload_of(full_event()), payload_of(bare_event()),
                                            payload_of(bare_event(EventKind::close)),
                                            payload_of(loss)};
    Mutator mutator;
    std::size_t unsound = 0;
    std::size_t events = 0;
    std::size_t damages = 0;
    for (int i = 0; i < 100000; ++i) {
        std::string bytes = file;
        if (i % 2 == 0) {
            mutator.mutate(bytes);
        } else {
            // With a good checksum, so that the fields themselves are looked at.
            std::string payload = payloads[mutator.below(payloads.size())];
            mutator.mutate(payload);
            bytes = head + entry(static_cast<char>(1 + mutator.below(2)), payload);
        }
        for (const RecordedItem &item : read_all(bytes, 1 + mutator.below(300))) {
            unsound += is_sound(item) ? 0 : 1;
            events += std::holds_alternative<Event>(item) ? 1 : 0;
            damages += std::holds_alternative<Damaged>(item) ? 1 : 0;
        }
    }
    CHECK(unsound == 0);
    CHECK(events > 10000);
    CHECK(damages > 10000);
}
