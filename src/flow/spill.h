// Sums of connections whose close found no room in the ring buffer.
#pragma once

#include <cstdint>
#include <optional>

#include "flow/event.h"

namespace tcptrail {

// By what a link is made of. Without addresses, port and comm: what it was of is not known, but
// that no other spill nor event tells of it.
struct Spill {
    Address client{};
    Address server{};
    std::uint16_t port = 0; // the server's, host byte order
    std::uint32_t netns = 0;
    Role role = Role::client; // whose socket it was
    bool in_scope = true;     // as in Event
    std::optional<Comm> comm;
    std::uint64_t connections = 0;
    std::uint64_t failed = 0;   // of them, never established
    std::uint64_t tx_bytes = 0; // client to server, since tracing began
    std::uint64_t rx_bytes = 0;
};

} // namespace tcptrail
