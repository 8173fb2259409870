#include "flow/links.h"

#include <functional>
#include <unordered_map>
#include <utility>

namespace tcptrail {
namespace {

struct RowKey {
    LinkKey link;
    LinkNames names;

    bool operator==(const RowKey &) const = default;
};

struct RowHash {
    std::size_t operator()(const RowKey &key) const {
        constexpr std::size_t odd = 0x9e3779b97f4a7c15;
        const auto name = [](const std::optional<Comm> &comm) {
            return std::hash<std::string_view>{}(comm.value_or(Comm{}));
        };
        return (LinkHash{}(key.link) * odd + name(key.names.client)) * odd + name(key.names.server);
    }
};

using Table = std::unordered_map<RowKey, Totals, RowHash>;

LinkNames names_of(const Joined &joined) {
    LinkNames names;
    if (joined.client)
        names.client = joined.client->comm;
    if (joined.server)
        names.server = joined.server->comm;
    return names;
}

// Told by a server's socket that nothing but its link's clients could speak for.
bool is_alone(const Joined &joined) {
    return !joined.client && !joined.ambiguous;
}

// The client's socket counts where it is known: both ends saw the same bytes.
Totals totals_of(const Joined &joined) {
    Totals totals;
    totals.open = joined.open() ? 1 : 0;
    const Side &side = joined.client ? *joined.client : *joined.server;
    if (side.state == Side::State::lost)
        return totals;
    totals.connections = 1;
    totals.failed = side.failed ? 1 : 0;
    totals.tx_bytes = joined.client ? side.tx_bytes : side.rx_bytes;
    totals.rx_bytes = joined.client ? side.rx_bytes : side.tx_bytes;
    return totals;
}

LinkNames names_of(const Spill &spill, const LinkTotals &totals) {
    LinkNames names;
    (spill.role == Role::client ? names.client : names.server) = spill.comm;
    return totals.named(link_key(spill), names);
}

LinkRow row_of(const Totals &totals) {
    LinkRow row;
    row.open = totals.open;
    row.connections = totals.connections;
    row.failed = totals.failed;
    row.tx_bytes = totals.tx_bytes;
    row.rx_bytes = totals.rx_bytes;
    return row;
}

LinkRow row_of(const RowKey &key, const Totals &totals) {
    LinkRow row = row_of(totals);
    row.client = key.link.client;
    row.client_comm = key.names.client;
    if (!key.link.unknown())
        row.server = key.link.server;
    row.server_port = key.link.port;
    row.server_comm = key.names.server;
    row.netns = key.link.netns;
    return row;
}

} // namespace

Links::Links(LinkFilter filter, std::size_t max_links)
    : filter_(std::move(filter)), totals_(max_links),
      pairing_(filter_.owners, [this](const Joined &joined) { count_ended(joined); }) {}

void Links::take(const Event &event) {
    if (event.kind != EventKind::open && event.kind != EventKind::close)
        return;
    changed_ = true;
    const PairKey key = pair_key(event);
    if (event.role == Role::client)
        totals_.see_client(key.link);
    else
        totals_.see_server(key.link, event.owner ? std::optional(event.owner->comm) : std::nullopt);
    pairing_.take(event, key);
    compact();
}

void Links::end_walk(bool spilled) {
    changed_ = true;
    pairing_.end_walk(spilled);
    compact();
}

void Links::expire(WallTime now, bool all) {
    pairing_.expire(now, all);
    compact();
}

void Links::set_spills(std::span<const Spill> spills) {
    changed_ = changed_ || !spills.empty();
    spills_.assign(spills.begin(), spills.end());
    for (const Spill &spill : spills_) {
        const LinkKey key = link_key(spill);
        if (key.unknown())
            continue;
        if (spill.role == Role::client)
            totals_.see_client(key);
        else
            totals_.see_server(key, spill.comm);
    }
    compact();
}

void Links::count_ended(const Joined &joined) {
    changed_ = true;
    if (passes(filter_, joined))
        totals_.add(joined.key.link, names_of(joined), totals_of(joined), is_alone(joined));
}

void Links::compact() {
    if (!totals_.crowded())
        return;
    pairing_.each(
        [this](const Joined &joined) { totals_.keep(joined.key.link, names_of(joined)); });
    for (const Spill &spill : spills_)
        totals_.keep(link_key(spill));
    totals_.compact();
}

// Where nothing happens a table costs no more than its lines, however much is open.
std::vector<LinkRow> Links::rows(WallTime now) {
    if (std::exchange(changed_, false))
        rows_ = add_up();
    for (LinkRow &row : rows_)
        row.time = now;
    return rows_;
}

std::vector<LinkRow> Links::add_up() const {
    Table table;
    totals_.each([&table](const LinkKey &key, LinkNames names, const Totals &totals) {
        table[{key, names}] += totals;
    });
    pairing_.each([this, &table](const Joined &joined) {
        const LinkKey &key = joined.key.link;
        if (passes(filter_, joined) && !(is_alone(joined) && totals_.has_client(key)))
            table[{key, totals_.named(key, names_of(joined))}] += totals_of(joined);
    });
    for (const Spill &spill : spills_) {
        const LinkKey key = link_key(spill);
        if (spill.role == Role::server && totals_.has_client(key))
            continue;
        const LinkNames names = names_of(spill, totals_);
        if (passes(filter_, spill, names, totals_.has_server(key)))
            table[{key, names}] += {.open = 0,
                                    .connections = spill.connections,
                                    .failed = spill.failed,
                                    .tx_bytes = spill.tx_bytes,
                                    .rx_bytes = spill.rx_bytes};
    }
    std::vector<LinkRow> rows;
    rows.reserve(table.size() + 1);
    for (const auto &[key, totals] : table)
        rows.push_back(row_of(key, totals));
    if (totals_.other() != Totals{}) {
        rows.push_back(row_of(totals_.other()));
        rows.back().other = true;
    }
    return rows;
}

} // namespace tcptrail
