// Sockets as links see them, for tests that begin after the connection table.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "flow/event.h"
#include "flow/spill.h"
#include "samples.h"

namespace tcptrail {

inline constexpr WallTime link_start{std::chrono::seconds{1'700'000'000}};

// A connection from 10.0.0.1 : 50000 to 10.0.0.2 : 80, each end in a network namespace of its own.
struct Flow {
    Address client = ipv4(10, 0, 0, 1);
    Address server = ipv4(10, 0, 0, 2);
    std::uint16_t client_port = 50000;
    std::uint16_t port = 80;
    std::uint32_t client_netns = 1;
    std::uint32_t server_netns = 2;
};

inline Flow loopback_flow(std::uint32_t netns) {
    Flow flow;
    flow.client = flow.server = ipv4(127, 0, 0, 1);
    flow.client_netns = flow.server_netns = netns;
    return flow;
}

// One end of a flow: makes the events of its socket.
struct Socket {
    Flow flow;
    Role role = Role::client;
    std::uint64_t id = 0;
    std::optional<Owner> owner;

    [[nodiscard]] Event event(EventKind kind, std::uint64_t tx, std::uint64_t rx) const {
        Event event;
        event.kind = kind;
        event.time = link_start;
        event.id = id;
        event.role = role;
        event.owner = owner;
        const bool is_client = role == Role::client;
        event.netns = is_client ? flow.client_netns : flow.server_netns;
        event.tuple.laddr = is_client ? flow.client : flow.server;
        event.tuple.raddr = is_client ? flow.server : flow.client;
        event.tuple.lport = is_client ? flow.client_port : flow.port;
        event.tuple.rport = is_client ? flow.port : flow.client_port;
        event.outcome = Outcome{};
        event.outcome->tx_bytes = tx;
        event.outcome->rx_bytes = rx;
        return event;
    }
    [[nodiscard]] Event open(std::uint64_t tx = 0, std::uint64_t rx = 0) const {
        Event made = event(EventKind::open, tx, rx);
        made.state = TcpState::established;
        made.outcome->end = End::open;
        return made;
    }
    [[nodiscard]] Event close(std::uint64_t tx, std::uint64_t rx, WallTime time = link_start,
                              End end = End::local) const {
        Event made = event(EventKind::close, tx, rx);
        made.time = time;
        made.outcome->end = end;
        return made;
    }
};

inline Socket client_of(const Flow &flow, std::uint64_t id, const char *comm = "curl") {
    return {.flow = flow, .role = Role::client, .id = id, .owner = process(10, comm, 1000)};
}

inline Socket server_of(const Flow &flow, std::uint64_t id, const char *comm = "nginx") {
    return {.flow = flow, .role = Role::server, .id = id, .owner = process(20, comm, 33)};
}

inline Socket nobodys(Socket socket) {
    socket.owner.reset();
    return socket;
}

// One connection of `socket` whose close was lost; the bytes are client -> server and back.
inline Spill spill_of(const Socket &socket, std::uint64_t tx, std::uint64_t rx) {
    const bool is_client = socket.role == Role::client;
    Spill spill;
    spill.client = socket.flow.client;
    spill.server = socket.flow.server;
    spill.port = socket.flow.port;
    spill.netns = is_client ? socket.flow.client_netns : socket.flow.server_netns;
    spill.role = socket.role;
    if (socket.owner)
        spill.comm = socket.owner->comm;
    spill.connections = 1;
    spill.tx_bytes = tx;
    spill.rx_bytes = rx;
    return spill;
}

} // namespace tcptrail
