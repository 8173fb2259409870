#include "flow/link_map.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "flow/link_key.h"

namespace tcptrail {
namespace {

constexpr std::size_t most_apart = 3; // of what looks the same

using Place = std::pair<std::optional<Address>, std::optional<std::uint32_t>>;

// Which end of a row.
struct End {
    Place place;
    std::optional<Comm> comm;

    bool operator<(const End &other) const {
        return std::tie(place, comm) < std::tie(other.place, other.comm);
    }
};

// Only an address that every network namespace has needs the namespace.
End end_of(const std::optional<Address> &address, const std::optional<Comm> &comm,
           const std::optional<std::uint32_t> &netns) {
    const bool scoped = address && is_scoped(*address);
    return {.place = {address, scoped ? netns : std::nullopt}, .comm = comm};
}

End client_of(const LinkRow &row) {
    return end_of(row.client, row.client_comm, row.netns);
}

End server_of(const LinkRow &row) {
    return end_of(row.server, row.server_comm, row.netns);
}

Totals totals_of(const LinkRow &row) {
    return {.open = row.open,
            .connections = row.connections,
            .failed = row.failed,
            .tx_bytes = row.tx_bytes,
            .rx_bytes = row.rx_bytes};
}

bool is_unknown(const LinkRow &row) {
    return !row.client && !row.client_comm && !row.server;
}

void add(std::optional<Totals> &sum, const Totals &totals) {
    sum = sum.value_or(Totals{});
    *sum += totals;
}

// `into` stands for both.
void fold(const MapNode &node, MapNode &into) {
    into.client = into.client || node.client;
    into.server = into.server || node.server;
    into.alike.push_back(node.address.value_or(Address{}));
    into.alike.insert(into.alike.end(), node.alike.begin(), node.alike.end());
}

class Builder {
  public:
    explicit Builder(std::span<const LinkRow *const> rows);

    [[nodiscard]] bool crowded() const { return map_.edges.size() > crowd; }
    // `by_port`: whoever is at the other end.
    void fold_remote_ends(bool by_port);
    void fold_ports();
    [[nodiscard]] LinkMap take();

  private:
    // An edge, as one of its ends sees it: whether that is the client, the other end, the port.
    using Aspect = std::tuple<bool, std::size_t, std::uint16_t>;

    [[nodiscard]] std::size_t node_of(const End &end);
    [[nodiscard]] std::map<std::set<Aspect>, std::vector<std::size_t>> alike(bool by_port) const;
    void merge_edges();

    LinkMap map_;
    std::set<Place> here_; // addresses of this host: a program there was seen
    std::map<End, std::size_t> numbers_;
};

Builder::Builder(std::span<const LinkRow *const> rows) {
    for (const LinkRow *row : rows)
        for (const End &end : {client_of(*row), server_of(*row)})
            if (end.comm || (end.place.first && is_loopback(*end.place.first)))
                here_.insert(end.place);
    for (const LinkRow *row : rows) {
        if (row->other || is_unknown(*row)) {
            add(row->other ? map_.other : map_.unknown, totals_of(*row));
            continue;
        }
        const std::size_t client = node_of(client_of(*row));
        const std::size_t server = node_of(server_of(*row));
        map_.nodes[client].client = true;
        map_.nodes[server].server = true;
        map_.edges.push_back({.client = client,
                              .server = server,
                              .port = row->server_port,
                              .high = row->server_port,
                              .totals = totals_of(*row)});
        ++map_.links;
    }
}

std::size_t Builder::node_of(const End &end) {
    const auto [number, is_new] = numbers_.try_emplace(end, map_.nodes.size());
    if (is_new)
        map_.nodes.push_back({.address = end.place.first,
                              .comm = end.comm,
                              .netns = end.place.second,
                              .here = here_.contains(end.place),
                              .alike = {}});
    return number->second;
}

// Remote ends by what they ask and serve.
std::map<std::set<Builder::Aspect>, std::vector<std::size_t>> Builder::alike(bool by_port) const {
    std::vector<std::set<Aspect>> aspects(map_.nodes.size());
    for (const MapEdge &edge : map_.edges) {
        aspects[edge.client].insert({true, by_port ? 0 : edge.server, edge.port});
        aspects[edge.server].insert({false, by_port ? 0 : edge.client, edge.port});
    }
    std::map<std::set<Aspect>, std::vector<std::size_t>> groups;
    for (std::size_t node = 0; node < map_.nodes.size(); ++node)
        if (!map_.nodes[node].here && map_.nodes[node].address)
            groups[aspects[node]].push_back(node);
    return groups;
}

void Builder::fold_remote_ends(bool by_port) {
    std::vector<std::size_t> stands_for(map_.nodes.size());
    std::iota(stands_for.begin(), stands_for.end(), std::size_t{0});
    for (const auto &[aspects, nodes] : alike(by_port))
        for (const std::size_t node : nodes)
            if (nodes.size() > most_apart)
                stands_for[node] = nodes.front();
    std::vector<MapNode> kept;
    std::vector<std::size_t> places(map_.nodes.size());
    for (std::size_t node = 0; node < stands_for.size(); ++node) {
        const std::size_t first = stands_for[node];
        if (first != node) {
            fold(map_.nodes[node], kept[places[first]]);
            continue;
        }
        places[node] = kept.size();
        kept.push_back(std::move(map_.nodes[node]));
    }
    for (MapEdge &edge : map_.edges) {
        edge.client = places[stands_for[edge.client]];
        edge.server = places[stands_for[edge.server]];
    }
    map_.nodes = std::move(kept);
    merge_edges();
}

// Those with the same ends and port become one, at the place of the first.
void Builder::merge_edges() {
    std::map<std::tuple<std::size_t, std::size_t, std::uint16_t>, std::size_t> places;
    std::vector<MapEdge> merged;
    for (const MapEdge &edge : map_.edges) {
        const auto [place, is_new] =
            places.try_emplace({edge.client, edge.server, edge.port}, merged.size());
        if (is_new)
            merged.push_back(edge);
        else
            merged[place->second].totals += edge.totals;
    }
    map_.edges = std::move(merged);
}

void Builder::fold_ports() {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
    for (const MapEdge &edge : map_.edges)
        ++counts[{edge.client, edge.server}];
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> places;
    std::vector<MapEdge> folded;
    for (const MapEdge &edge : map_.edges) {
        const std::pair ends{edge.client, edge.server};
        const auto place = places.find(ends);
        if (counts[ends] <= most_apart || place == places.end()) {
            places.try_emplace(ends, folded.size());
            folded.push_back(edge);
            continue;
        }
        MapEdge &all = folded[place->second];
        all.port = std::min(all.port, edge.port);
        all.high = std::max(all.high, edge.high);
        ++all.ports;
        all.totals += edge.totals;
    }
    map_.edges = std::move(folded);
}

LinkMap Builder::take() {
    return std::move(map_);
}

} // namespace

LinkMap map_of(std::span<const LinkRow *const> rows) {
    Builder builder(rows);
    builder.fold_remote_ends(false);
    if (builder.crowded())
        builder.fold_remote_ends(true);
    builder.fold_ports();
    return builder.take();
}

} // namespace tcptrail
