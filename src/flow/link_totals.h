// Running totals of links: of connections that have ended, within a bounded number of rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "flow/link_key.h"

namespace tcptrail {

struct Totals {
    std::uint64_t open = 0; // of connections
    std::uint64_t connections = 0;
    std::uint64_t failed = 0; // of connections
    std::uint64_t tx_bytes = 0;
    std::uint64_t rx_bytes = 0;

    Totals &operator+=(const Totals &other);
    bool operator==(const Totals &) const = default;
};

class LinkTotals {
  public:
    explicit LinkTotals(std::size_t max_rows)
        : max_rows_(max_rows), rows_allowed_(max_rows), links_allowed_(links_spared) {}

    // A client's socket of this link is on this host: what servers told alone is told by clients,
    // and is dropped.
    void see_client(const LinkKey &key);

    // A server's socket of this link is on this host. The first name of a server goes to what was
    // counted without one.
    void see_server(const LinkKey &key, const std::optional<Comm> &name);

    [[nodiscard]] bool has_client(const LinkKey &key) const;
    [[nodiscard]] bool has_server(const LinkKey &key) const;

    // The names, with the server's if it is unknown and the link has had only one.
    [[nodiscard]] LinkNames named(const LinkKey &key, LinkNames names) const;

    // Counts ended connections. `alone`: told by a server only, void if a client is seen.
    void add(const LinkKey &key, LinkNames names, const Totals &totals, bool alone);

    // More is kept than should be: time to compact(), after keep() for all that is in use.
    [[nodiscard]] bool crowded() const;
    void keep(const LinkKey &key);
    void keep(const LinkKey &key, const LinkNames &names);
    // Folds the smallest rows into other(), and forgets links that have no row.
    void compact();

    // `visit(key, names, totals)` for each row; names may repeat.
    template <typename Visit> void each(Visit visit) const {
        for (const auto &[key, link] : links_)
            for (const auto &[id, row] : link.rows)
                visit(key, id.names(), row.totals);
    }

    [[nodiscard]] const Totals &other() const { return other_; }
    [[nodiscard]] std::size_t folded() const { return folded_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }
    [[nodiscard]] std::size_t links() const { return links_.size(); }

  private:
    // More links than rows are no trouble until there are so many.
    static constexpr std::size_t links_spared = 1024;

    struct RowId {
        std::optional<Comm> server;
        std::optional<Comm> client;
        bool alone = false;

        [[nodiscard]] LinkNames names() const { return {.client = client, .server = server}; }
        bool operator<(const RowId &other) const;
    };
    struct Row {
        Totals totals;
        bool kept = false;
    };
    using Rows = std::map<RowId, Row>; // those without a server's name first
    struct Link {
        bool client_here = false;
        bool server_here = false;
        std::optional<Comm> server_name; // the first
        bool several_names = false;
        bool kept = false;
        Rows rows;
    };
    struct Candidate {
        std::uint64_t bytes = 0;
        Link *link = nullptr;
        Rows::iterator row;
    };

    Link &link_of(const LinkKey &key);
    [[nodiscard]] static LinkNames named(const Link &link, LinkNames names);
    [[nodiscard]] const Link *find(const LinkKey &key) const;
    void rename(Link &link);
    void fold_smallest(std::size_t wanted);
    void forget_empty();
    void remember_client(const LinkKey &key);

    std::size_t max_rows_;
    std::size_t rows_allowed_;
    std::size_t links_allowed_;
    std::size_t rows_ = 0;
    std::size_t folded_ = 0;
    Totals other_;
    using LinkMap = std::unordered_map<LinkKey, Link, LinkHash>;
    LinkMap links_;
    LinkMap::value_type *last_ = nullptr; // asked for: the ends of a connection come together
    // Hashes of forgotten links that had clients here, the last ones: the newer, the older half.
    std::array<std::unordered_set<std::size_t>, 2> forgotten_;
};

} // namespace tcptrail
