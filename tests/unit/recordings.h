// Recorded files to read back, whole and damaged.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <zlib.h>

#include "flow/recording.h"
#include "samples.h"

namespace tcptrail {

inline constexpr WallTime run_start{std::chrono::nanoseconds(1795164396123456789)};

inline std::string number32(std::uint32_t value) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<char>(value >> shift & 0xff));
    return bytes;
}

inline std::string sum_of(std::string_view bytes) {
    return number32(static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef *>(bytes.data()), static_cast<uInt>(bytes.size()))));
}

// An entry as a writer of any kind would close it.
inline std::string entry(char kind, const std::string &payload) {
    const std::string checked = kind + payload;
    return number32(static_cast<std::uint32_t>(payload.size())) + checked + sum_of(checked);
}

template <typename T> std::string entry_of(const T &value) {
    std::string out;
    append_entry(out, value);
    return out;
}

template <typename T> std::string payload_of(const T &value) {
    const std::string out = entry_of(value);
    return out.substr(5, out.size() - 9);
}

// A client over IPv4 of which nothing optional is known.
inline Event bare_event(EventKind kind = EventKind::connect) {
    Event event;
    event.kind = kind;
    event.time = run_start;
    event.id = 1;
    event.tuple.raddr = ipv4(10, 0, 0, 2);
    event.tuple.rport = 80;
    if (kind == EventKind::close || kind == EventKind::open || kind == EventKind::sample)
        event.outcome.emplace();
    if (kind == EventKind::sample)
        event.moved.emplace();
    return event;
}

// Every field has a value of its own, and no byte of a number is like its neighbour.
inline Event full_event() {
    using std::chrono::microseconds;
    Event event;
    event.kind = EventKind::sample;
    event.time = run_start + std::chrono::nanoseconds(1);
    event.id = 0x1112131415161718;
    event.role = Role::server;
    event.role_inferred = true;
    event.existing = true;
    event.in_scope = true;
    event.state = TcpState::close_wait;
    event.owner = {.pid = 0x21222324,
                   .tid = 0x25262728,
                   .uid = 0x292a2b2c,
                   .comm = "a\xff\n\"fifteen name",
                   .cgroup = 0x3132333435363738};
    event.tuple.family = Family::ipv6;
    event.tuple.laddr = Address{0xfe, 0x80, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    event.tuple.raddr = Address{0xfd, 1, 22, 33, 44, 55, 66, 77, 88, 99, 100, 101, 102, 103, 104};
    event.tuple.lport = 0x4142;
    event.tuple.rport = 0xfeff;
    event.netns = 4026531840;
    event.accept_wait = microseconds(0x5152535455565);
    event.outcome = Outcome{.tx_bytes = 0x6162636465666768,
                            .rx_bytes = 0x7172737475767778,
                            .tx_before = 0x8182838485868788,
                            .rx_before = 0x9192939495969798,
                            .duration = microseconds(0x1a2a3a4a5a6a7),
                            .connect = microseconds(0x1b2b3b4b5b6b7),
                            .srtt = microseconds(-2),
                            .retransmits = 0xc1c2c3c4,
                            .end = End::open,
                            .error = 0xabc};
    event.moved = Moved{.tx_bytes = 0xd1d2d3d4d5d6d7d8, .rx_bytes = 0xe1e2e3e4e5e6e7e8};
    return event;
}

inline void feed(RecordingReader &reader, std::string_view bytes) {
    const auto room = reader.room();
    REQUIRE(bytes.size() <= room.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    reader.add(bytes.size());
}

// All items up to the one that ends it, fed in chunks as long as given.
inline std::vector<RecordedItem> read_all(std::string_view file, std::size_t chunk = 65536) {
    RecordingReader reader;
    std::vector<RecordedItem> items;
    for (;;) {
        RecordedItem item = reader.next();
        if (!std::holds_alternative<NeedMore>(item)) {
            items.push_back(item);
            if (!std::holds_alternative<Event>(item) && !std::holds_alternative<Loss>(item))
                return items;
        } else if (file.empty()) {
            reader.finish();
        } else {
            const std::string_view front = file.substr(0, chunk);
            feed(reader, front);
            file.remove_prefix(front.size());
        }
    }
}

} // namespace tcptrail
