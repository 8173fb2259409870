// Sockets and spills -> the table behind the view `links`: running totals per client program,
// server program and the server's address and port, each connection counted once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flow/event.h"
#include "flow/link_filter.h"
#include "flow/link_totals.h"
#include "flow/pairing.h"
#include "flow/spill.h"

namespace tcptrail {

struct LinkRow {
    WallTime time{};
    std::optional<Address> client; // none: no address was chosen, or unknown
    std::optional<Comm> client_comm;
    std::optional<Address> server; // none: unknown
    std::uint16_t server_port = 0;
    std::optional<Comm> server_comm;
    std::optional<std::uint32_t> netns; // of loopback and link-local links only
    std::uint64_t open = 0;             // of connections: those that go on
    std::uint64_t connections = 0;
    std::uint64_t failed = 0;   // of connections: never established
    std::uint64_t tx_bytes = 0; // client -> server
    std::uint64_t rx_bytes = 0;
    bool other = false; // all links that were folded into one

    bool operator==(const LinkRow &) const = default;
};

class Links {
  public:
    // `max_links`: so many rows of ended connections are kept.
    Links(LinkFilter filter, std::size_t max_links);
    Links(const Links &) = delete;
    Links &operator=(const Links &) = delete;

    // Counts open and close events; others tell nothing of a link.
    void take(const Event &event);

    // As of Pairing.
    void end_walk(bool spilled);

    // Sums since tracing began: they take the place of those of the last call.
    void set_spills(std::span<const Spill> spills);

    // Lets go of ended sockets that waited long enough for their other end; `all`: of every one.
    void expire(WallTime now, bool all = false);

    // The table as it is now, in no order.
    [[nodiscard]] std::vector<LinkRow> rows(WallTime now);

    // Links that are only in the row `other`; one that came back and went again counts twice.
    [[nodiscard]] std::size_t folded() const { return totals_.folded(); }

  private:
    void count_ended(const Joined &joined);
    void compact();
    [[nodiscard]] std::vector<LinkRow> add_up() const;

    LinkFilter filter_;
    LinkTotals totals_;
    std::vector<Spill> spills_;
    Pairing pairing_;
    std::vector<LinkRow> rows_; // of the last call
    bool changed_ = true;       // since then
};

} // namespace tcptrail
