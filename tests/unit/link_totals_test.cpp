// Rows of ended connections: a bounded number, and sums that stay exact.
#include "catch.h"

#include <vector>

#include "flow/links.h"
#include "link_samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

Flow to_server(std::uint32_t number) {
    Flow flow;
    flow.server =
        ipv4(10, 1, static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number));
    return flow;
}

void run(Links &links, const Flow &flow, std::uint64_t id, std::uint64_t bytes) {
    links.take(client_of(flow, id).close(bytes, 2 * bytes));
    links.expire(link_start, true);
}

LinkKey key_of(std::uint32_t number) {
    return pair_key(client_of(to_server(number), 1).open()).link;
}

Totals bytes(std::uint64_t tx) {
    return {.open = 0, .connections = 1, .failed = 0, .tx_bytes = tx, .rx_bytes = 0};
}

const LinkRow *find_other(const std::vector<LinkRow> &rows) {
    for (const LinkRow &row : rows)
        if (row.other)
            return &row;
    return nullptr;
}

std::uint64_t tx_of(const std::vector<LinkRow> &rows) {
    std::uint64_t sum = 0;
    for (const LinkRow &row : rows)
        sum += row.tx_bytes;
    return sum;
}

} // namespace

TEST_CASE("as many links as allowed have their rows, and there is no other") {
    Links links({}, 3);
    for (std::uint32_t i = 0; i < 3; ++i)
        run(links, to_server(i), i + 1, 10);
    CHECK(links.rows(link_start).size() == 3);
    CHECK(find_other(links.rows(link_start)) == nullptr);
    CHECK(links.folded() == 0);
}

TEST_CASE("beyond that the smallest are folded into one row without names") {
    Links links({}, 3);
    const std::uint64_t bytes[] = {50, 10, 40, 30, 20};
    for (std::uint32_t i = 0; i < 5; ++i)
        run(links, to_server(i), i + 1, bytes[i]);
    const auto rows = links.rows(link_start);
    REQUIRE(rows.size() == 4);
    CHECK(links.folded() == 2);
    const LinkRow *other = find_other(rows);
    REQUIRE(other != nullptr);
    CHECK_FALSE(other->client.has_value());
    CHECK_FALSE(other->client_comm.has_value());
    CHECK_FALSE(other->server.has_value());
    CHECK_FALSE(other->server_comm.has_value());
    CHECK(other->connections == 2);
    CHECK(other->tx_bytes == 30);
    CHECK(other->rx_bytes == 60);
    CHECK(tx_of(rows) == 150);
}

TEST_CASE("a link with an open connection keeps its row, however small") {
    Links links({}, 2);
    run(links, to_server(0), 1, 1);
    Flow again = to_server(0);
    again.client_port = 50001;
    links.take(client_of(again, 2).open());
    for (std::uint32_t i = 1; i < 5; ++i)
        run(links, to_server(i), i + 10, 100);
    bool found = false;
    for (const LinkRow &row : links.rows(link_start))
        found = found || (row.server == to_server(0).server && row.connections == 2);
    CHECK(found);
}

TEST_CASE("folding keeps sums and bounds, whatever the number of links") {
    Links links({}, 64);
    std::uint64_t tx = 0;
    for (std::uint32_t i = 0; i < 20000; ++i) {
        run(links, to_server(i), i + 1, i % 997);
        tx += i % 997;
    }
    const auto rows = links.rows(link_start);
    CHECK(rows.size() <= 65);
    CHECK(tx_of(rows) == tx);
    std::uint64_t connections = 0;
    for (const LinkRow &row : rows)
        connections += row.connections;
    CHECK(connections == 20000);
    CHECK(links.folded() + rows.size() - 1 == 20000);
}

TEST_CASE("a server told late is not counted, though its client's row was folded") {
    Links links({}, 2);
    run(links, to_server(0), 1, 1);
    for (std::uint32_t i = 1; i < 5; ++i)
        run(links, to_server(i), i + 1, 100);
    links.take(server_of(to_server(0), 10).close(2, 1));
    links.expire(link_start, true);
    CHECK(tx_of(links.rows(link_start)) == 401);
}

TEST_CASE("rows are folded in batches, and what is in use stays") {
    LinkTotals totals(8);
    for (std::uint32_t i = 0; i < 9; ++i)
        totals.add(key_of(i), {}, bytes(i), false);
    REQUIRE(totals.crowded());
    totals.keep(key_of(0), {});
    totals.compact();
    CHECK(totals.rows() == 7);
    CHECK(totals.folded() == 2);
    CHECK(totals.other().tx_bytes == 1 + 2);
    CHECK_FALSE(totals.crowded());
}

TEST_CASE("a row is in use for one compaction") {
    LinkTotals totals(1);
    totals.add(key_of(0), {}, bytes(1), false);
    totals.add(key_of(1), {}, bytes(2), false);
    totals.keep(key_of(0), {});
    totals.compact();
    CHECK(totals.other().tx_bytes == 2);
    totals.add(key_of(2), {}, bytes(3), false);
    totals.compact();
    CHECK(totals.other().tx_bytes == 2 + 1);
}

TEST_CASE("rows that are merged or dropped make room") {
    LinkTotals totals(8);
    const LinkNames curl{.client = "curl", .server = {}};
    const LinkNames both{.client = "curl", .server = "nginx"};
    totals.add(key_of(0), both, bytes(1), false);
    totals.add(key_of(0), curl, bytes(2), false);
    CHECK(totals.rows() == 2);
    totals.see_server(key_of(0), "nginx");
    CHECK(totals.rows() == 1);
    totals.add(key_of(1), {}, bytes(1), true);
    CHECK(totals.rows() == 2);
    totals.see_client(key_of(1));
    CHECK(totals.rows() == 1);
}

TEST_CASE("links that are in use keep their names") {
    LinkTotals totals(1);
    totals.see_server(key_of(0), "nginx");
    totals.see_server(key_of(1), "nginx");
    totals.keep(key_of(0));
    totals.compact();
    CHECK(totals.named(key_of(0), {}).server == "nginx");
    CHECK_FALSE(totals.named(key_of(1), {}).server.has_value());
}

TEST_CASE("links without a row are forgotten in time") {
    LinkTotals totals(8);
    for (std::uint32_t i = 0; i < 50000; ++i) {
        totals.see_client(key_of(i));
        if (totals.crowded())
            totals.compact();
    }
    CHECK(totals.links() <= 2048);
}
