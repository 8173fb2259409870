// What tcptrail tells its reader: TCP connection events as plain values.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "flow/comm.h"

namespace tcptrail {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// Who opened or served a connection, as it was when it became the owner.
struct Owner {
    std::optional<std::uint32_t>
        pid; // tgid in tcptrail's own pid namespace; none: not visible there
    std::optional<std::uint32_t> tid; // the thread that was seen; none for sockets found open
    std::uint32_t uid = 0;            // effective uid in the initial user namespace
    Comm comm;
    std::uint64_t cgroup = 0; // cgroup v2 id of the process
    std::uint64_t path = 0;   // what a CgroupRecord calls the path of its cgroup

    bool operator==(const Owner &) const = default;
};

// An address in IPv6 form, network byte order; IPv4 is kept as ::ffff:a.b.c.d.
struct Address : std::array<std::uint8_t, 16> {
    // In place, where std::array's own is a call: addresses are compared often.
    bool operator==(const Address &other) const {
        return std::memcmp(data(), other.data(), sizeof(Address)) == 0;
    }
};

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 }; // as on the wire

struct Tuple {
    Family family = Family::ipv4;
    std::optional<Address> laddr; // none: no local address was chosen
    Address raddr{};
    std::uint16_t lport = 0; // host byte order; 0: none was chosen
    std::uint16_t rport = 0; // host byte order

    bool operator==(const Tuple &) const = default;
};

enum class Role : std::uint8_t { client, server };

// How a connection ended; the texts are in end_name().
enum class End : std::uint8_t {
    local,
    remote,
    local_reset,
    remote_reset,
    refused,
    timeout,
    unreachable,
    aborted,
    failed,
    unaccepted,
    open,
};

// include/net/tcp_states.h, same numbers in every kernel.
enum class TcpState : std::uint8_t {
    established = 1,
    syn_sent,
    syn_recv,
    fin_wait1,
    fin_wait2,
    time_wait,
    close,
    close_wait,
    last_ack,
    listen,
    closing,
};

// What a connection carried and how it went: in the end, or until now.
struct Outcome {
    std::uint64_t tx_bytes = 0;                        // payload sent and acknowledged
    std::uint64_t rx_bytes = 0;                        // payload received in order
    std::uint64_t tx_before = 0;                       // of tx_bytes, before tracing began
    std::uint64_t rx_before = 0;                       // of rx_bytes, before tracing began
    std::optional<std::chrono::microseconds> duration; // none: began before tcptrail
    std::optional<std::chrono::microseconds> connect;  // SYN to established, clients only
    std::optional<std::chrono::microseconds> srtt;     // none: never measured
    std::uint32_t retransmits = 0;                     // segments
    End end = End::local;
    int error = 0; // positive errno the socket ended with, 0: none

    bool operator==(const Outcome &) const = default;
};

enum class EventKind : std::uint8_t {
    connect,
    accept,
    close,
    open,   // what a connection that goes on is like now
    sample, // the same, with what it moved in an interval
};

// Payload bytes that a connection moved within an interval.
struct Moved {
    std::uint64_t tx_bytes = 0;
    std::uint64_t rx_bytes = 0;

    bool operator==(const Moved &) const = default;
};

// A longer name of a cgroup is not read.
inline constexpr std::size_t unit_limit = 127;

struct Event {
    EventKind kind = EventKind::connect;
    WallTime time{};
    std::uint64_t id = 0; // counts from 1 in a run, the same on all events of one connection
    Role role = Role::client;
    bool role_inferred = false; // deduced from the socket, not seen
    bool existing = false;      // was open before tracing began, or first seen midway
    bool in_scope = true;       // an owner is in --cgroup, or is COMMAND or a descendant
    TcpState state = TcpState::close;
    std::optional<Owner> owner; // none: unknown
    // The owner's container or systemd unit, at most unit_limit bytes; empty: none, or not asked
    // for. Of text that outlives the event.
    std::string_view unit;
    Tuple tuple;
    std::uint32_t netns = 0; // inode number of the network namespace

    std::optional<std::chrono::microseconds> accept_wait; // established to accept, servers only
    std::optional<Outcome> outcome;                       // not of connect and accept
    std::optional<Moved> moved;                           // sample only
};

// Events that could not be told.
struct Loss {
    WallTime time{};
    std::uint64_t count = 0;
    std::string cause; // "ring buffer full", "connection table full", "probe missed"
};

} // namespace tcptrail
