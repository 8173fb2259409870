// Rows of links -> a graph of who depends on whom: a node for each program on an address, an edge
// for each port that one asks of another. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flow/links.h"

namespace tcptrail {

// A program on one address of this host, or a remote end.
struct MapNode {
    std::optional<Address> address; // none: no address was chosen
    std::optional<Comm> comm;       // none: remote, or unknown
    std::optional<std::uint32_t> netns;
    bool here = false;          // on this host
    bool client = false;        // of some edge
    bool server = false;        // likewise
    std::vector<Address> alike; // other remote ends that ask or serve the same, drawn as this one
};

struct MapEdge {
    std::size_t client = 0; // index of a node
    std::size_t server = 0;
    std::uint16_t port = 0; // the lowest of `ports`
    std::uint16_t high = 0; // the highest
    std::size_t ports = 1;
    Totals totals;
};

// In the order of the rows that they came from.
struct LinkMap {
    std::vector<MapNode> nodes;
    std::vector<MapEdge> edges;
    std::optional<Totals> other;   // of the links beyond the limit
    std::optional<Totals> unknown; // of connections of which neither end is known
    std::size_t links = 0;         // in `edges`
};

// More links than can be drawn with all their numbers.
constexpr std::size_t crowd = 40;

// More remote ends than three that ask or serve the same become one node, more ports than three
// between the same two nodes one edge: a picture of hundreds has to be read, too. In a crowd it is
// enough that remote ends ask or serve the same ports, whoever is at the other end.
[[nodiscard]] LinkMap map_of(std::span<const LinkRow *const> rows);

} // namespace tcptrail
