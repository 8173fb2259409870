// From rows of links to what is drawn: who is one node, what is one edge.
#include "catch.h"

#include <string>
#include <vector>

#include "flow/link_map.h"
#include "parse.h"

using namespace tcptrail;

namespace {

Address ip(const std::string &text) {
    return std::get<Network>(parse_network(text)).address;
}

LinkRow row(const std::string &client, const std::string &client_comm, const std::string &server,
            std::uint16_t port, const std::string &server_comm) {
    LinkRow link;
    link.client = ip(client);
    link.server = ip(server);
    link.server_port = port;
    if (!client_comm.empty())
        link.client_comm = client_comm;
    if (!server_comm.empty())
        link.server_comm = server_comm;
    link.connections = 1;
    link.tx_bytes = 10;
    return link;
}

LinkMap map_of_rows(const std::vector<LinkRow> &rows) {
    std::vector<const LinkRow *> all;
    for (const LinkRow &link : rows)
        all.push_back(&link);
    return map_of(all);
}

// Clients from outside, one link each.
std::vector<LinkRow> visitors(unsigned count, std::uint16_t port, const std::string &server) {
    std::vector<LinkRow> rows;
    for (unsigned i = 1; i <= count; ++i)
        rows.push_back(row("192.0.2." + std::to_string(i), "", "10.0.0.1", port, server));
    return rows;
}

} // namespace

TEST_CASE("a program that serves and asks from one address is one node") {
    const LinkMap map = map_of_rows({row("127.0.0.1", "nginx", "127.0.0.1", 8000, "gunicorn"),
                                     row("127.0.0.1", "gunicorn", "127.0.0.1", 6379, "redis")});
    REQUIRE(map.nodes.size() == 3);
    CHECK((map.nodes[0].client && !map.nodes[0].server));
    CHECK((map.nodes[1].client && map.nodes[1].server));
    CHECK((!map.nodes[2].client && map.nodes[2].server));
    REQUIRE(map.edges.size() == 2);
    CHECK(map.edges[0].server == map.edges[1].client);
}

TEST_CASE("an address is of this host if a program was seen there, or if it is loopback") {
    const LinkMap map = map_of_rows({row("10.0.0.1", "curl", "10.0.0.1", 1, ""),
                                     row("127.0.0.1", "curl", "127.0.0.9", 1, ""),
                                     row("10.0.0.1", "curl", "192.0.2.1", 443, "")});
    REQUIRE(map.nodes.size() == 5);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(map.nodes[i].here);
    CHECK_FALSE(map.nodes[4].here);
}

TEST_CASE("loopback of two namespaces is two nodes, and of one is one") {
    std::vector<LinkRow> rows(2, row("127.0.0.1", "python3", "127.0.0.1", 80, "python3"));
    rows[0].netns = 1;
    rows[1].netns = 2;
    const LinkMap map = map_of_rows(rows);
    REQUIRE(map.nodes.size() == 2);
    CHECK(map.nodes[0].netns != map.nodes[1].netns);
    REQUIRE(map.edges.size() == 2);
    CHECK(map.edges[0].client == map.edges[0].server);
}

TEST_CASE("many remote ends that ask the same are one node, with the sum of their links") {
    const LinkMap apart = map_of_rows(visitors(3, 443, "nginx"));
    CHECK(apart.nodes.size() == 4);
    CHECK(apart.edges.size() == 3);

    const LinkMap together = map_of_rows(visitors(4, 443, "nginx"));
    REQUIRE(together.nodes.size() == 2);
    CHECK(together.nodes[0].address == ip("192.0.2.1"));
    CHECK(together.nodes[0].alike ==
          std::vector{ip("192.0.2.2"), ip("192.0.2.3"), ip("192.0.2.4")});
    REQUIRE(together.edges.size() == 1);
    CHECK(together.edges[0].totals.connections == 4);
    CHECK(together.edges[0].totals.tx_bytes == 40);
    CHECK(together.links == 4);
}

TEST_CASE("a remote end that does something else, too, stays apart") {
    auto rows = visitors(5, 443, "nginx");
    rows.push_back(row("192.0.2.5", "", "10.0.0.1", 22, "sshd"));
    const LinkMap map = map_of_rows(rows);
    REQUIRE(map.nodes.size() == 4);
    CHECK(map.nodes[0].alike.size() == 3);
    CHECK(map.edges.size() == 3);
}

TEST_CASE("in a crowd remote ends are one node if they serve the same ports, to whomever") {
    std::vector<LinkRow> rows;
    for (unsigned i = 0; i < 50; ++i)
        rows.push_back(row("10.0.0.1", "program" + std::to_string(i),
                           "192.0.2." + std::to_string(i), 443, ""));
    const LinkMap map = map_of_rows(rows);
    CHECK(map.nodes.size() == 51);
    CHECK(map.nodes[1].alike.size() == 49);
    CHECK(map.edges.size() == 50);
}

TEST_CASE("many ports between the same two are one edge") {
    std::vector<LinkRow> rows;
    for (const std::uint16_t port : {30000, 20000, 40000, 25000})
        rows.push_back(row("10.0.0.1", "ftp", "10.0.0.2", port, ""));
    const LinkMap map = map_of_rows(rows);
    REQUIRE(map.edges.size() == 1);
    CHECK(map.edges[0].ports == 4);
    CHECK(map.edges[0].port == 20000);
    CHECK(map.edges[0].high == 40000);
    CHECK(map.edges[0].totals.connections == 4);
    rows.pop_back();
    CHECK(map_of_rows(rows).edges.size() == 3);
}

TEST_CASE("what has no ends is summed beside the graph") {
    LinkRow other;
    other.other = true;
    other.connections = 7;
    LinkRow unknown;
    unknown.connections = 2;
    const LinkMap map = map_of_rows({other, unknown, unknown});
    CHECK(map.nodes.empty());
    CHECK(map.edges.empty());
    REQUIRE(map.other);
    CHECK(map.other->connections == 7);
    REQUIRE(map.unknown);
    CHECK(map.unknown->connections == 4);
}
