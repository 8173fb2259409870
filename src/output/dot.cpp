#include "output/dot.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "output/text.h"

namespace tcptrail {
namespace {

constexpr std::string_view failed_color = "#c0392b";

std::string name_of(const Address &address, const Names *names) {
    if (const auto name = names != nullptr ? names->of(address) : ""; !name.empty())
        return std::string(name);
    return text_of(value_room, [&address](char *at) { return put_address(at, address); });
}

// Within a quoted string: graphviz reads escapes and the entities of HTML in a label.
std::string dot_string(std::string_view text) {
    std::string result;
    for (const char byte : text) {
        if (byte == '"' || byte == '\\')
            result += '\\';
        result += byte == '&' ? "&amp;" : std::string_view(&byte, 1);
    }
    return result;
}

std::string name_of(const Comm &comm) {
    const std::string_view text = comm;
    return dot_string(
        text_of(text_room(text.size()), [text](char *at) { return put_printable(at, text); }));
}

std::string count_of(std::uint64_t count, std::string_view one) {
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string numbers_of(const Totals &totals) {
    std::string text = count_of(totals.connections, "conn");
    if (totals.failed > 0)
        text += fmt::format(", {} failed", totals.failed);
    return text;
}

std::string sums(const Totals &totals) {
    return fmt::format("{}, tx {}, rx {}", numbers_of(totals), human_text(totals.tx_bytes),
                       human_text(totals.rx_bytes));
}

// The remote ends that a node stands for: the first of them, and how many more there are.
std::string remote_label(const MapNode &node, const Names *names) {
    constexpr std::size_t shown = 3;
    std::string text = node.address ? name_of(*node.address, names) : "no address";
    for (std::size_t i = 0; i < std::min(shown, node.alike.size()); ++i)
        text += "\\n" + name_of(node.alike[i], names);
    if (node.alike.size() > shown)
        text += fmt::format("\\nand {} more", node.alike.size() - shown);
    return text;
}

std::string label_of(const MapNode &node, const Names *names) {
    if (node.comm && !node.comm->empty())
        return name_of(*node.comm);
    return node.here ? "?" : remote_label(node, names);
}

void add_node(std::string &out, std::size_t number, const MapNode &node, const Names *names) {
    const std::string_view style = node.server ? "filled" : "rounded,filled";
    const std::string_view fill = !node.server ? "#ffffff" : node.client ? "#d5e8d4" : "#dae8fc";
    out += fmt::format("    n{} [label=\"{}\", style=\"{}\", fillcolor=\"{}\"]\n", number,
                       label_of(node, names), style, fill);
}

// The nodes that are drawn in one frame: those of an address of this host, or remote ends by what
// they do.
std::string frame_of(const MapNode &node, bool tell_netns, const Names *names) {
    if (!node.here && node.address)
        return node.client && node.server ? "remote clients and servers"
               : node.client              ? "remote clients"
                                          : "remote servers";
    if (!node.address)
        return "no address";
    std::string text = name_of(*node.address, names);
    if (tell_netns && node.netns)
        text += fmt::format("\\nnetns {}", *node.netns);
    return text;
}

// Names of namespaces tell nothing where there is only one.
bool several_netns(const std::vector<MapNode> &nodes) {
    std::optional<std::uint32_t> first;
    return std::any_of(nodes.begin(), nodes.end(), [&first](const MapNode &node) {
        first = first ? first : node.netns;
        return node.netns && node.netns != first;
    });
}

// Addresses of one name are not one.
void add_frames(std::string &out, const std::vector<MapNode> &nodes, const Names *names) {
    struct Frame {
        std::string label;
        std::vector<std::size_t> nodes;
    };
    std::vector<Frame> frames;
    std::map<std::string, std::size_t> places;
    const bool tell_netns = several_netns(nodes);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string numbers = frame_of(nodes[i], tell_netns, nullptr);
        const auto [place, is_new] = places.try_emplace(numbers, frames.size());
        if (is_new)
            frames.push_back({frame_of(nodes[i], tell_netns, names), {}});
        frames[place->second].nodes.push_back(i);
    }
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const bool here = nodes[frames[i].nodes.front()].here;
        out += fmt::format("  subgraph cluster_{} {{\n    label=\"{}\"\n    style=\"rounded{}\"\n",
                           i, frames[i].label, here ? "" : ",dashed");
        for (const std::size_t node : frames[i].nodes)
            add_node(out, node, nodes[node], names);
        out += "  }\n";
    }
}

std::string ports_of(const MapEdge &edge, const Names *names) {
    if (edge.ports > 1)
        return fmt::format("{} ports, {}-{}", edge.ports, edge.port, edge.high);
    if (const auto name = names != nullptr ? names->of(edge.port) : ""; !name.empty())
        return std::string(name);
    return edge.port != 0 ? fmt::format("port {}", edge.port) : "no port";
}

// Tenths of a point: 1 up to a kilobyte, and one more for each time as much as 256.
unsigned width_of(const Totals &totals) {
    const auto size =
        static_cast<unsigned>(std::bit_width((totals.tx_bytes + totals.rx_bytes) >> 10));
    return 10 + 10 * size / 8;
}

// In a crowd the bytes are told by the width alone, and by what a browser shows of it.
void add_edge(std::string &out, const MapEdge &edge, bool crowded, const Names *names) {
    const Totals &totals = edge.totals;
    std::string label = ports_of(edge, names) + (crowded ? ": " : "\\n") + numbers_of(totals);
    if (!crowded && totals.tx_bytes + totals.rx_bytes > 0)
        label +=
            fmt::format("\\ntx {} rx {}", human_text(totals.tx_bytes), human_text(totals.rx_bytes));
    const unsigned width = width_of(totals);
    out += fmt::format("  n{} -> n{} [label=\"{}\", penwidth={}.{}", edge.client, edge.server,
                       label, width / 10, width % 10);
    if (totals.failed > 0)
        out += fmt::format(R"(, color="{0}", fontcolor="{0}")", failed_color);
    if (totals.failed > 0 && totals.failed == totals.connections)
        out += ", style=dashed";
    out += fmt::format(", tooltip=\"{}, {} open, {} failed, {} bytes to the server, {} back\"]\n",
                       count_of(totals.connections, "connection"), totals.open, totals.failed,
                       totals.tx_bytes, totals.rx_bytes);
}

// What the picture is of, what its signs mean, and what is not in it.
std::string caption(const LinkMap &map, WallTime time) {
    std::string text = fmt::format(
        "{} until {}Z; white: client, blue: server, green: both; wider: more bytes; red: failures",
        count_of(map.links, "link"), text_of(value_room, [time](char *at) {
                                         return put_utc(at, time);
                                     }).substr(0, sizeof("2026-11-20T08:46:36") - 1));
    if (map.other)
        text += "\\lother links: " + sums(*map.other);
    if (map.unknown)
        text += "\\lnot known between whom: " + sums(*map.unknown);
    return text + "\\l";
}

} // namespace

void append_dot(std::string &out, const LinkMap &map, WallTime time, const Names *names) {
    out += fmt::format(
        "digraph tcptrail {{\n"
        "  graph [rankdir=LR, fontname=\"Helvetica\", fontsize=10, color=\"#888888\","
        " ranksep=0.6, nodesep=0.15, labeljust=l, tooltip=\"tcptrail links\"]\n"
        "  node [shape=box, fontname=\"Helvetica\", fontsize=11, height=0.3, margin=\"0.1,0.05\"]\n"
        "  edge [fontname=\"Helvetica\", fontsize=8, arrowsize=0.5, color=\"#555555\"]\n"
        "  label=\"{}\"\n",
        caption(map, time));
    add_frames(out, map.nodes, names);
    for (const MapEdge &edge : map.edges)
        add_edge(out, edge, map.edges.size() > crowd, names);
    out += "}\n";
}

} // namespace tcptrail
