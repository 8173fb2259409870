// Records as bytes of bpf/wire.h, for tests of the decoder.
#pragma once

#include "catch.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "samples.h"
#include "wire.h"

namespace tcptrail {

inline constexpr std::uint64_t some_sock = 0xffff888012345680;

template <typename T> std::vector<std::byte> bytes_of(const T &wire) {
    std::vector<std::byte> bytes(sizeof(wire));
    std::memcpy(bytes.data(), &wire, sizeof(wire));
    return bytes;
}

template <typename T> T empty_of(wire_kind kind) {
    T wire{};
    wire.head = {.kind = kind, .size = sizeof(T)};
    return wire;
}

template <typename RecordKind, typename T> RecordKind decoded(const T &wire) {
    const auto record = decode(bytes_of(wire));
    REQUIRE(record.has_value());
    REQUIRE(std::holds_alternative<RecordKind>(*record));
    return std::get<RecordKind>(*record);
}

inline void set(__u8 (&to)[16], const Address &from) {
    std::memcpy(to, from.data(), from.size());
}

inline wire_tuple some_tuple(wire_role role) {
    wire_tuple tuple{};
    set(tuple.laddr, ipv4(10, 0, 0, 1));
    set(tuple.raddr, ipv4(10, 0, 0, 2));
    tuple.lport = 50000;
    tuple.rport = 80;
    tuple.netns = 4026531840;
    tuple.family = 4;
    tuple.role = static_cast<__u8>(role);
    tuple.matched = 1;
    return tuple;
}

inline wire_owner curl_process() {
    wire_owner owner{.pid = 77, .tid = 78, .uid = 1000, .matched = 1, .cgroup = 4242, .comm = {}};
    std::memcpy(owner.comm, "curl", 4);
    return owner;
}

inline wire_open some_open(wire_kind kind, wire_role role) {
    auto wire = empty_of<wire_open>(kind);
    wire.sock = some_sock;
    wire.born_ns = 1000;
    wire.ts_ns = 2000;
    wire.tuple = some_tuple(role);
    wire.owner = curl_process();
    return wire;
}

// A client that connected in 2 ms and closed after 5.
inline wire_close some_close(wire_role role) {
    auto wire = empty_of<wire_close>(WIRE_CLOSE);
    wire.sock = some_sock;
    wire.born_ns = 1'000'000;
    wire.established_ns = 3'000'000;
    wire.ts_ns = 6'000'000;
    wire.tuple = some_tuple(role);
    wire.owner = curl_process();
    wire.old_state = static_cast<__u8>(TcpState::fin_wait2);
    wire.done = 1;
    wire.held = 1;
    return wire;
}

// The same, as it is when user space asks.
inline wire_close some_walked(wire_role role, TcpState state) {
    auto wire = some_close(role);
    wire.head.kind = WIRE_OPEN;
    wire.old_state = static_cast<__u8>(state);
    wire.done = 0;
    return wire;
}

} // namespace tcptrail
