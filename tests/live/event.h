// One line of tcptrail's NDJSON as a value; reading it checks the line's shape.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link.h"
#include "sockets.h"

namespace live {

struct Owner {
    std::optional<std::int64_t> pid;
    std::optional<std::string> comm;
    std::optional<std::int64_t> uid;

    bool operator==(const Owner &) const = default;
};
inline const Owner nobody{};
std::ostream &operator<<(std::ostream &out, const Owner &owner);

struct Event {
    std::string line; // as it came
    std::string kind; // connect, accept, close, open, sample, link, lost

    std::int64_t time_us = 0;
    std::int64_t id = 0;
    std::string role;
    Owner owner;
    int family = 0;
    std::optional<std::string> laddr;
    std::optional<int> lport;
    std::string raddr;
    int rport = 0;
    std::int64_t netns = 0;
    std::optional<std::int64_t> cgroup;
    bool existing = false;
    std::vector<std::string> inferred;

    std::optional<std::int64_t> accept_wait_us; // not of connect

    std::int64_t lost = 0; // lost only: how many events

    std::optional<Link> link; // link only, which has besides it no more than its time

    // close, open, sample
    std::int64_t tx_bytes = 0;
    std::int64_t rx_bytes = 0;
    std::optional<std::int64_t> duration_us;
    std::optional<std::int64_t> connect_us;
    std::optional<std::int64_t> srtt_us;
    std::int64_t retransmits = 0;
    std::string end;
    std::optional<std::string> error;
    std::string state;                  // open and sample
    std::int64_t interval_tx_bytes = 0; // sample only
    std::int64_t interval_rx_bytes = 0;

    bool is(std::string_view wanted_kind) const { return kind == wanted_kind; }
    // Whether this event tells of this end of a connection, by its tuple.
    bool tells_of(const Socket &socket) const;
    bool has_port(std::uint16_t port) const { return lport == port || rport == port; }
    bool inferred_role() const;
};

// The events' kinds, in their order.
std::vector<std::string> kinds(const std::vector<Event> &events);
using Kinds = std::vector<std::string>;

// Throws std::runtime_error for a line that is not exactly as documented: the keys, their order,
// their types.
Event read_event(const std::string &line);
std::vector<Event> read_events(const std::string &lines);

} // namespace live
