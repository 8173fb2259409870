// The table of links: one row per pair of programs, each connection counted once.
#include "catch.h"

#include <algorithm>
#include <vector>

#include "flow/links.h"
#include "link_samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t many = 65536;

const Flow flow;
const Socket curl = client_of(flow, 1);
const Socket nginx = server_of(flow, 2);

void feed(Links &links, const std::vector<Event> &events) {
    for (const Event &event : events)
        links.take(event);
}

void walk(Links &links, const std::vector<Event> &events, bool spilled = true) {
    feed(links, events);
    links.end_walk(spilled);
}

std::vector<LinkRow> rows_of(Links &links) {
    std::vector<LinkRow> rows = links.rows(link_start);
    std::sort(rows.begin(), rows.end(), [](const LinkRow &a, const LinkRow &b) {
        return a.tx_bytes + a.rx_bytes > b.tx_bytes + b.rx_bytes;
    });
    return rows;
}

// The table of `events`, with nothing waiting any longer.
std::vector<LinkRow> table(const std::vector<Event> &events) {
    Links links({}, many);
    feed(links, events);
    links.expire(link_start, true);
    return rows_of(links);
}

LinkRow row(std::uint64_t open, std::uint64_t connections, std::uint64_t tx, std::uint64_t rx) {
    LinkRow made;
    made.time = link_start;
    made.client = flow.client;
    made.client_comm = "curl";
    made.server = flow.server;
    made.server_port = flow.port;
    made.server_comm = "nginx";
    made.open = open;
    made.connections = connections;
    made.tx_bytes = tx;
    made.rx_bytes = rx;
    return made;
}

Flow on_port(std::uint16_t client_port) {
    Flow made;
    made.client_port = client_port;
    return made;
}

} // namespace

TEST_CASE("both ends on this host are one connection of one link") {
    const std::vector<LinkRow> one{row(0, 1, 77, 1000)};
    CHECK(table({curl.close(77, 1000), nginx.close(1000, 77)}) == one);
    CHECK(table({nginx.close(1000, 77), curl.close(77, 1000)}) == one);
}

TEST_CASE("a pair's bytes are those that its client counted") {
    CHECK(table({curl.close(77, 1000), nginx.close(999, 70)}) ==
          std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("connections from one program to another add up, whatever the client's port") {
    CHECK(table({curl.close(1, 10), nginx.close(10, 1), client_of(on_port(50001), 3).close(2, 20),
                 server_of(on_port(50001), 4).close(20, 2)}) ==
          std::vector<LinkRow>{row(0, 2, 3, 30)});
}

TEST_CASE("a client whose server is elsewhere has a row without the server's name") {
    LinkRow expected = row(0, 1, 77, 1000);
    expected.server_comm.reset();
    CHECK(table({curl.close(77, 1000)}) == std::vector<LinkRow>{expected});
}

TEST_CASE("a server whose client is elsewhere has its row from the client's view") {
    LinkRow expected = row(0, 1, 77, 1000);
    expected.client_comm.reset();
    CHECK(table({nginx.close(1000, 77)}) == std::vector<LinkRow>{expected});
}

TEST_CASE("a connection counts as open while either end is open") {
    Links links({}, many);
    walk(links, {curl.open(50, 500), nginx.open(500, 50)});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 50, 500)});
    links.take(curl.close(77, 1000));
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 77, 1000)});
    links.take(nginx.close(1000, 77));
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a server that closes an hour later is still the same connection") {
    Links links({}, many);
    walk(links, {curl.open(), nginx.open()});
    links.take(curl.close(77, 1000));
    links.expire(link_start + 30min);
    links.take(nginx.close(1000, 77, link_start + 1h));
    links.expire(link_start + 2h);
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a connection seen by its closes only counts at once, and does not grow by waiting") {
    Links links({}, many);
    links.take(curl.close(77, 1000));
    LinkRow expected = row(0, 1, 77, 1000);
    expected.server_comm.reset();
    CHECK(rows_of(links) == std::vector<LinkRow>{expected});
    links.expire(link_start + 1s);
    CHECK(rows_of(links) == std::vector<LinkRow>{expected});
}

TEST_CASE("the same loopback tuple in two namespaces is two links") {
    std::vector<LinkRow> rows = table(
        {client_of(loopback_flow(1), 1).open(1, 2), server_of(loopback_flow(1), 2).open(2, 1),
         client_of(loopback_flow(7), 3).open(3, 4), server_of(loopback_flow(7), 4).open(4, 3)});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].netns == 7U);
    CHECK(rows[0].tx_bytes == 3);
    CHECK(rows[0].server_comm == "nginx");
    CHECK(rows[1].netns == 1U);
    CHECK(rows[1].tx_bytes == 1);
}

TEST_CASE("a veth pair's connection across namespaces is one link without a namespace") {
    const auto rows = table({curl.open(1, 2), nginx.open(2, 1)});
    CHECK(rows == std::vector<LinkRow>{row(1, 1, 1, 2)});
    CHECK_FALSE(rows[0].netns.has_value());
}

TEST_CASE("a tuple that several namespaces use at once counts each of its sockets apart") {
    Flow elsewhere = flow;
    elsewhere.client_netns = 3;
    elsewhere.server_netns = 4;
    const auto rows =
        table({curl.open(1, 10), nginx.open(10, 1), client_of(elsewhere, 3, "wget").open(2, 20),
               server_of(elsewhere, 4, "httpd").open(200, 100)});
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].server_comm == "httpd");
    CHECK_FALSE(rows[0].client_comm.has_value());
    CHECK(rows[1].client_comm == "wget");
    CHECK_FALSE(rows[1].server_comm.has_value());
    for (const LinkRow &each : rows)
        CHECK(each.connections == 1);
}

TEST_CASE("a tuple that is used again is another connection of the link") {
    CHECK(table({curl.close(1, 10), client_of(flow, 3).close(2, 20), nginx.close(10, 1),
                 server_of(flow, 4).close(20, 2)}) == std::vector<LinkRow>{row(0, 2, 3, 30)});
    CHECK(table({nginx.close(10, 1), server_of(flow, 4).close(20, 2), curl.close(1, 10),
                 client_of(flow, 3).close(2, 20)}) == std::vector<LinkRow>{row(0, 2, 3, 30)});
}

TEST_CASE("a server told after its client was counted gives the row its name, and no more") {
    Links links({}, many);
    links.take(curl.close(77, 1000));
    links.expire(link_start + 1s);
    links.take(nginx.close(1000, 77, link_start + 2s));
    links.expire(link_start + 1h);
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a client told after its server was counted takes its place") {
    Links links({}, many);
    links.take(nginx.close(1000, 77));
    links.expire(link_start + 1s);
    walk(links, {curl.open(77, 1000)});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 77, 1000)});
}

TEST_CASE("a name learnt late merges the row without it into the row with it") {
    Links links({}, many);
    feed(links,
         {nobodys(server_of(on_port(1), 2)).close(10, 1), client_of(on_port(1), 1).close(1, 10)});
    LinkRow expected = row(0, 1, 1, 10);
    expected.server_comm.reset();
    CHECK(rows_of(links) == std::vector<LinkRow>{expected});
    feed(links, {client_of(on_port(2), 3).open(2, 20), server_of(on_port(2), 4).open(20, 2)});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 2, 3, 30)});
}

TEST_CASE("of several names none goes to the row without one") {
    const auto rows =
        table({server_of(on_port(1), 1, "nginx").open(), server_of(on_port(2), 2, "httpd").open(),
               client_of(on_port(3), 3).close(1, 10)});
    REQUIRE(rows.size() == 1);
    CHECK_FALSE(rows[0].server_comm.has_value());
}

TEST_CASE("an owner that is learnt while a connection is open names its row") {
    Links links({}, many);
    walk(links, {nobodys(curl).open(1, 10), nobodys(nginx).open(10, 1)});
    CHECK_FALSE(rows_of(links).at(0).client_comm.has_value());
    walk(links, {curl.open(1, 10), nginx.open(10, 1)});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 1, 10)});
}

TEST_CASE("connections that were never established count as connections and as failed") {
    for (const End end :
         {End::refused, End::timeout, End::unreachable, End::aborted, End::failed}) {
        const auto rows = table({curl.close(0, 0, link_start, end)});
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].connections == 1);
        CHECK(rows[0].failed == 1);
    }
    for (const End end :
         {End::local, End::remote, End::local_reset, End::remote_reset, End::unaccepted})
        CHECK(table({curl.close(0, 0, link_start, end)}).at(0).failed == 0);
}

TEST_CASE("a connect that failed before an address was chosen has no client address") {
    Event failed = curl.close(0, 0, link_start, End::failed);
    failed.tuple.laddr.reset();
    failed.tuple.lport = 0;
    const auto rows = table({failed});
    REQUIRE(rows.size() == 1);
    CHECK_FALSE(rows[0].client.has_value());
    CHECK(rows[0].client_comm == "curl");
    CHECK(rows[0].server == flow.server);
    CHECK(rows[0].failed == 1);
}

TEST_CASE("what moved before tracing began is in no row") {
    Event sample = curl.open(100, 1000);
    sample.outcome->tx_before = 90;
    sample.outcome->rx_before = 1000;
    const auto rows = table({sample});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].tx_bytes == 10);
    CHECK(rows[0].rx_bytes == 0);
}

TEST_CASE("no total shrinks by a sample that is behind") {
    Links links({}, many);
    walk(links, {curl.open(100, 1000), nginx.open()});
    walk(links, {curl.open(98, 1000), nginx.open()});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 100, 1000)});
}

TEST_CASE("a connection whose close was lost is counted by its spill only") {
    Links links({}, many);
    walk(links, {curl.open(50, 500), nginx.open(500, 50)});
    links.take(nginx.close(1000, 77));
    walk(links, {});
    walk(links, {});
    CHECK(rows_of(links).empty());
    const Spill spill = spill_of(curl, 77, 1000);
    links.set_spills({&spill, 1});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a connection whose close no program saw is counted as it was told last") {
    Links links({}, many);
    walk(links, {curl.open(50, 500), nginx.open(500, 50)}, false);
    walk(links, {}, false);
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 50, 500)});
    walk(links, {}, false);
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 50, 500)});
}

TEST_CASE("a pair whose server's close was lost is counted by its client") {
    Links links({}, many);
    walk(links, {curl.open(), nginx.open()});
    links.take(curl.close(77, 1000));
    walk(links, {});
    walk(links, {});
    const Spill spill = spill_of(nginx, 77, 1000);
    links.set_spills({&spill, 1});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a pair whose client is lost goes on as open while its server is") {
    Links links({}, many);
    const Spill spill = spill_of(curl, 77, 1000);
    links.set_spills({&spill, 1});
    walk(links, {curl.open(50, 500), nginx.open()});
    walk(links, {nginx.open()});
    walk(links, {nginx.open()});
    CHECK(rows_of(links) == std::vector<LinkRow>{row(1, 1, 77, 1000)});
}

TEST_CASE("spills are sums: each call takes the place of the last") {
    Links links({}, many);
    Spill spill = spill_of(curl, 77, 1000);
    spill.comm = "curl";
    links.set_spills({&spill, 1});
    spill.tx_bytes = 100;
    spill.connections = 3;
    spill.failed = 2;
    links.set_spills({&spill, 1});
    LinkRow expected = row(0, 3, 100, 1000);
    expected.server_comm.reset();
    expected.failed = 2;
    CHECK(rows_of(links) == std::vector<LinkRow>{expected});
}

TEST_CASE("a client's spill has the server's name where there is only one") {
    Links links({}, many);
    const Spill spill = spill_of(curl, 77, 1000);
    links.set_spills({&spill, 1});
    links.take(server_of(on_port(1), 3).open());
    CHECK(rows_of(links) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
    links.take(server_of(on_port(2), 4, "httpd").open());
    CHECK_FALSE(rows_of(links).at(0).server_comm.has_value());
}

TEST_CASE("a server's spill counts only where no client of its link is on this host") {
    const Spill servers = spill_of(nginx, 77, 1000);
    Links remote({}, many);
    remote.set_spills({&servers, 1});
    LinkRow expected = row(0, 1, 77, 1000);
    expected.client_comm.reset();
    CHECK(rows_of(remote) == std::vector<LinkRow>{expected});

    Links local({}, many);
    local.set_spills({&servers, 1});
    local.take(curl.close(77, 1000));
    CHECK(rows_of(local) == std::vector<LinkRow>{row(0, 1, 77, 1000)});

    Links spilled({}, many);
    const std::vector<Spill> both{servers, spill_of(curl, 77, 1000)};
    spilled.set_spills(both);
    CHECK(rows_of(spilled) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("a server whose client only a spill knows is not counted again") {
    const Spill spill = spill_of(curl, 77, 1000);
    Links before({}, many);
    before.set_spills({&spill, 1});
    before.take(nginx.close(1000, 77));
    before.expire(link_start, true);
    CHECK(rows_of(before) == std::vector<LinkRow>{row(0, 1, 77, 1000)});

    Links after({}, many);
    after.take(nginx.close(1000, 77));
    after.expire(link_start, true);
    after.set_spills({&spill, 1});
    CHECK(rows_of(after) == std::vector<LinkRow>{row(0, 1, 77, 1000)});
}

TEST_CASE("loopback spills stay in their namespace") {
    Links links({}, many);
    const std::vector<Spill> spills{spill_of(client_of(loopback_flow(1), 1), 1, 1),
                                    spill_of(client_of(loopback_flow(2), 1), 3, 3)};
    links.set_spills(spills);
    const auto rows = rows_of(links);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].netns == 2U);
    CHECK(rows[1].netns == 1U);
}

TEST_CASE("what could not be attributed is a row of its own without addresses") {
    Links links({}, many);
    Spill spill;
    spill.connections = 5;
    spill.tx_bytes = 10;
    for (const Role role : {Role::client, Role::server}) {
        spill.role = role;
        links.set_spills({&spill, 1});
        const auto rows = rows_of(links);
        REQUIRE(rows.size() == 1);
        CHECK_FALSE(rows[0].client.has_value());
        CHECK_FALSE(rows[0].server.has_value());
        CHECK_FALSE(rows[0].other);
        CHECK(rows[0].connections == 5);
        CHECK(rows[0].tx_bytes == 10);
    }
}
