// What makes two sockets the ends of one connection, and two connections one link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "flow/event.h"
#include "flow/spill.h"

namespace tcptrail {

[[nodiscard]] bool is_loopback(const Address &address);

// Loopback and link-local: every network namespace has its own of these.
[[nodiscard]] bool is_scoped(const Address &address);

// A link but for the names of its programs.
struct LinkKey {
    std::optional<Address> client; // none: no address was chosen
    Address server{};
    std::uint16_t port = 0;
    std::optional<std::uint32_t> netns; // of loopback and link-local addresses only

    // Of a spill without attribution.
    [[nodiscard]] bool unknown() const { return !client && server == Address{} && port == 0; }

    bool operator==(const LinkKey &other) const;
};

struct LinkNames {
    std::optional<Comm> client; // none: unknown
    std::optional<Comm> server;

    bool operator==(const LinkNames &) const = default;
};

// A connection's tuple from the client's side, whichever socket it came from.
struct PairKey {
    LinkKey link;
    std::uint16_t client_port = 0; // 0: none was chosen

    // Without an address or a port there was never a packet, and so no other end.
    [[nodiscard]] bool complete() const { return link.client && client_port != 0; }

    bool operator==(const PairKey &) const = default;
};

struct LinkHash {
    std::size_t operator()(const LinkKey &key) const;
    std::size_t operator()(const PairKey &key) const;
};

[[nodiscard]] PairKey pair_key(const Event &event);
[[nodiscard]] LinkKey link_key(const Spill &spill);

} // namespace tcptrail
