#include "flow/link_totals.h"

#include <algorithm>
#include <utility>

namespace tcptrail {

Totals &Totals::operator+=(const Totals &other) {
    open += other.open;
    connections += other.connections;
    failed += other.failed;
    tx_bytes += other.tx_bytes;
    rx_bytes += other.rx_bytes;
    return *this;
}

bool LinkTotals::RowId::operator<(const RowId &other) const {
    if (server != other.server) // by far the cheaper question
        return server < other.server;
    if (client != other.client)
        return client < other.client;
    return alone < other.alone;
}

LinkTotals::Link &LinkTotals::link_of(const LinkKey &key) {
    if (last_ != nullptr && last_->first == key)
        return last_->second;
    const auto [place, is_new] = links_.try_emplace(key);
    if (is_new) {
        const std::size_t hash = LinkHash{}(key);
        place->second.client_here = forgotten_[0].contains(hash) || forgotten_[1].contains(hash);
    }
    last_ = &*place;
    return place->second;
}

const LinkTotals::Link *LinkTotals::find(const LinkKey &key) const {
    const auto found = links_.find(key);
    return found != links_.end() ? &found->second : nullptr;
}

void LinkTotals::see_client(const LinkKey &key) {
    Link &link = link_of(key);
    if (link.client_here)
        return;
    link.client_here = true;
    rows_ -= std::erase_if(link.rows, [](const auto &row) { return row.first.alone; });
}

void LinkTotals::see_server(const LinkKey &key, const std::optional<Comm> &name) {
    Link &link = link_of(key);
    link.server_here = true;
    if (!name || link.server_name == name)
        return;
    if (link.server_name) {
        link.several_names = true;
        return;
    }
    link.server_name = name;
    rename(link);
}

void LinkTotals::rename(Link &link) {
    while (!link.rows.empty() && !link.rows.begin()->first.server) {
        auto unnamed = link.rows.extract(link.rows.begin());
        unnamed.key().server = link.server_name;
        const auto merged = link.rows.insert(std::move(unnamed));
        if (merged.inserted)
            continue;
        merged.position->second.totals += merged.node.mapped().totals;
        --rows_;
    }
}

bool LinkTotals::has_client(const LinkKey &key) const {
    const Link *link = find(key);
    return link != nullptr && link->client_here;
}

bool LinkTotals::has_server(const LinkKey &key) const {
    const Link *link = find(key);
    return link != nullptr && link->server_here;
}

LinkNames LinkTotals::named(const LinkKey &key, LinkNames names) const {
    const Link *link = names.server ? nullptr : find(key);
    return link != nullptr ? named(*link, names) : names;
}

LinkNames LinkTotals::named(const Link &link, LinkNames names) {
    if (!names.server && !link.several_names)
        names.server = link.server_name;
    return names;
}

void LinkTotals::add(const LinkKey &key, LinkNames names, const Totals &totals, bool alone) {
    Link &link = link_of(key);
    if (totals == Totals{} || (alone && link.client_here))
        return;
    names = named(link, names);
    const auto [row, is_new] = link.rows.try_emplace(
        RowId{.server = names.server, .client = names.client, .alone = alone});
    row->second.totals += totals;
    if (is_new)
        ++rows_;
}

bool LinkTotals::crowded() const {
    return rows_ > rows_allowed_ || links_.size() > links_allowed_;
}

void LinkTotals::keep(const LinkKey &key) {
    link_of(key).kept = true;
}

void LinkTotals::keep(const LinkKey &key, const LinkNames &names) {
    Link &link = link_of(key);
    link.kept = true;
    const LinkNames known = named(link, names);
    for (const bool alone : {false, true}) {
        const auto row =
            link.rows.find({.server = known.server, .client = known.client, .alone = alone});
        if (row != link.rows.end())
            row->second.kept = true;
    }
}

void LinkTotals::compact() {
    // In batches: each costs a look at everything.
    const std::size_t batch = max_rows_ / 8;
    if (rows_ > max_rows_)
        fold_smallest(rows_ - (max_rows_ - batch));
    rows_allowed_ = std::max(max_rows_, rows_ + batch);
    forget_empty();
    links_allowed_ = 2 * links_.size() + links_spared;
}

void LinkTotals::fold_smallest(std::size_t wanted) {
    std::vector<Candidate> candidates;
    for (auto &[key, link] : links_)
        for (auto row = link.rows.begin(); row != link.rows.end(); ++row)
            if (!row->second.kept)
                candidates.push_back(
                    {.bytes = row->second.totals.tx_bytes + row->second.totals.rx_bytes,
                     .link = &link,
                     .row = row});
    const std::size_t count = std::min(wanted, candidates.size());
    const auto last = candidates.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(candidates.begin(), last, candidates.end(),
                     [](const Candidate &a, const Candidate &b) { return a.bytes < b.bytes; });
    std::for_each(candidates.begin(), last, [this](const Candidate &candidate) {
        other_ += candidate.row->second.totals;
        candidate.link->rows.erase(candidate.row);
    });
    rows_ -= count;
    folded_ += count;
}

void LinkTotals::forget_empty() {
    last_ = nullptr;
    for (auto next = links_.begin(); next != links_.end();) {
        Link &link = next->second;
        if (link.rows.empty() && !link.kept) {
            if (link.client_here)
                remember_client(next->first);
            next = links_.erase(next);
            continue;
        }
        link.kept = false;
        for (auto &[id, row] : link.rows)
            row.kept = false;
        ++next;
    }
}

void LinkTotals::remember_client(const LinkKey &key) {
    if (forgotten_[0].size() > std::max(max_rows_, links_spared)) {
        forgotten_[1] = std::move(forgotten_[0]);
        forgotten_[0].clear();
    }
    forgotten_[0].insert(LinkHash{}(key));
}

} // namespace tcptrail
