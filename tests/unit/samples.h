// Records as the kernel would send them, for tests that begin after decoding.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "flow/record.h"

namespace tcptrail {

inline Owner process(std::uint32_t pid, std::string comm, std::uint32_t uid = 0) {
    Owner owner;
    owner.pid = pid;
    owner.tid = pid;
    owner.uid = uid;
    owner.comm = std::move(comm);
    return owner;
}

inline SocketKey key(std::uint64_t sock, std::chrono::nanoseconds born) {
    return {.sock = sock, .born = born};
}

inline Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

// 10.0.0.1 : lport - 10.0.0.2 : rport, of nobody known.
inline Facts facts_of(Role role, std::uint16_t lport, std::uint16_t rport) {
    Facts facts;
    facts.role = role;
    facts.netns = 4026531840;
    facts.tuple.laddr = ipv4(10, 0, 0, 1);
    facts.tuple.raddr = ipv4(10, 0, 0, 2);
    facts.tuple.lport = lport;
    facts.tuple.rport = rport;
    return facts;
}

inline ConnectRecord connect_of(SocketKey name, const Owner &owner) {
    ConnectRecord record{.key = name, .time = name.born, .facts = {}};
    record.facts = facts_of(Role::client, 50000, 80);
    record.facts.owner = owner;
    return record;
}

inline AcceptRecord accept_of(SocketKey name, KernelTime time, const Owner &owner) {
    AcceptRecord record{.key = name, .time = time, .facts = {}, .wait = {}};
    record.facts = facts_of(Role::server, 80, 50000);
    record.facts.owner = owner;
    return record;
}

// An accept that found its socket closed: the kernel side has forgotten when it was born.
inline AcceptRecord late_accept_of(std::uint64_t sock, KernelTime time, const Owner &owner) {
    AcceptRecord record = accept_of(key(sock, {}), time, owner);
    record.state = TcpState::close;
    return record;
}

inline CloseRecord close_of(SocketKey name, KernelTime time, Role role) {
    CloseRecord record{.key = name,
                       .time = time,
                       .facts = {},
                       .queued = false,
                       .outcome = {},
                       .established = {},
                       .accept_wait = {}};
    record.facts = role == Role::client ? facts_of(role, 50000, 80) : facts_of(role, 80, 50000);
    return record;
}

inline CloseRecord client_close_of(SocketKey name, KernelTime time, const Owner &owner) {
    CloseRecord record = close_of(name, time, Role::client);
    record.facts.owner = owner;
    return record;
}

// A client that is open when the kernel is asked.
inline OpenRecord open_of(SocketKey name, KernelTime time, const Owner &owner) {
    OpenRecord record{.key = name,
                      .time = time,
                      .facts = facts_of(Role::client, 50000, 80),
                      .state = TcpState::established,
                      .outcome = {},
                      .accept_wait = {}};
    record.facts.owner = owner;
    record.outcome.end = End::open;
    return record;
}

// Reset by the peer while it waited for accept(2).
inline CloseRecord queued_close_of(SocketKey name, KernelTime time) {
    CloseRecord record = close_of(name, time, Role::server);
    record.queued = true;
    record.established = name.born;
    record.outcome.end = End::remote_reset;
    return record;
}

} // namespace tcptrail
