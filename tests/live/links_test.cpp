// The view links: which connections are one link, what it is called, and what it carried.
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "actor.h"
#include "burst.h"
#include "catch.h"
#include "filter_world.h"
#include "namespaces.h"
#include "tracer.h"
#include "twin.h"
#include "worlds.h"

using namespace live;

namespace {

const Words small = {"--max-connections", "1024"}; // for several at once

// A link of the test's connections; its numbers are set by the test.
Link link_between(const Actor &client, const Actor &server, const Socket &listener,
                  const NetNamespace &netns) {
    Link link;
    link.client = link.server = listener.local.address();
    link.client_comm = client.owner().comm;
    link.server_port = listener.local.port;
    link.server_comm = server.owner().comm;
    link.netns = netns.inode();
    return link;
}

// The table at the end, once the one before it was as it should be.
void check_table(Tracer &tracer, const Table &wanted) {
    const bool shown = tracer.wait_for_table([&](const Table &table) { return table == wanted; });
    CHECK(tracer.stop() == 0);
    INFO(tracer.errors());
    CHECK(tracer.last_table() == wanted);
    CHECK(shown);
}

} // namespace

TEST_CASE("both ends of a connection are one link, counted once, from client to server") {
    const NetNamespace netns;
    const std::string inode = std::to_string(netns.inode());
    Actor client("tt-client", {.netns = &netns});
    Actor other("tt-other", {.netns = &netns});
    Actor server("tt-server", {.netns = &netns});
    const Socket listener = server.listen(loopback4);
    const Socket six = server.listen(loopback6);
    const Pair old = converse_with(client, server, listener);
    exchange(client, server, old, 100'000, 200'000);

    // One more that leaves out what was open before, and one that says so once, at the end.
    const auto tracers = Tracer::several({{"links", "0.1", "-N", inode},
                                          {"links", "-N", inode},
                                          {"links", "--no-existing", "-N", inode},
                                          {"links", "-x", "-N", inode}});
    exchange(client, server, old, 1, 2);
    for (int i = 0; i < 2; ++i) {
        const Pair pair = converse_with(client, server, listener);
        exchange(client, server, pair, 1000, 3000);
        hang_up(client, server, pair);
    }
    const Pair by_server = converse_with(client, server, listener);
    exchange(client, server, by_server, 0, 10);
    server.close(by_server.server);
    client.receive_end(by_server.client);
    client.close(by_server.client);
    // The server's other links: of another program, and of another family.
    const Pair from_other = converse_with(other, server, listener);
    exchange(other, server, from_other, 50, 0);
    const Pair over_six = converse_with(client, server, six);
    exchange(client, server, over_six, 7, 8);
    hang_up(client, server, over_six);
    const Pair reset = converse_with(other, server, six);
    exchange(other, server, reset, 4, 0);
    other.reset(reset.client);
    server.close(six);
    REQUIRE(other.call(connect_to, {.to = six.local}).error == ECONNREFUSED);

    Link first = link_between(client, server, listener, netns);
    first.open = 1;
    first.connections = 4;
    first.tx_bytes = 2001;
    first.rx_bytes = 6012;
    Link second = link_between(other, server, listener, netns);
    second.open = second.connections = 1;
    second.tx_bytes = 50;
    Link third = link_between(client, server, six, netns);
    third.connections = 1;
    third.tx_bytes = 7;
    third.rx_bytes = 8;
    // The server's program is known by then: who refuses is the same address and port.
    Link failing = link_between(other, server, six, netns);
    failing.connections = 2;
    failing.failed = 1;
    failing.tx_bytes = 4;
    check_table(*tracers[0], {first, second, third, failing});
    CHECK(tracers[1]->stop() == 0);
    CHECK(tables(tracers[1]->events()) ==
          std::vector<Table>{{first, second, third, failing}}); // one, at the end
    first.open = 0;
    first.connections -= 1;
    first.tx_bytes -= 1;
    first.rx_bytes -= 2;
    CHECK(tracers[2]->stop() == 0);
    CHECK(tracers[2]->last_table() == Table{first, second, third, failing});
    CHECK(tracers[3]->stop() == 0);
    CHECK(tracers[3]->last_table() == Table{failing});
}

TEST_CASE("a link is one across namespaces, but loopback links of two namespaces are two") {
    const Cable cable;
    Twin first;
    Twin second;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Socket listener = server.listen(Cable::there4.with_port(40003));
    Tracer tracer({"links", "0.1", "-P", "40002,40003"});
    exchange(first.client, first.server, first.pair, 100, 200);
    exchange(second.client, second.server, second.pair, 10, 20);
    const Pair pair = converse_with(client, server, listener);
    exchange(client, server, pair, 1, 2);
    hang_up(client, server, pair);
    server.close(listener);
    REQUIRE(client.call(connect_to, {.to = listener.local}).error == ECONNREFUSED);

    Link joined = link_between(client, server, listener, cable.here);
    joined.client = "10.77.0.1";
    joined.netns = std::nullopt;
    joined.connections = 2;
    joined.failed = 1;
    joined.tx_bytes = 1;
    joined.rx_bytes = 2;
    const auto loopback = [&](const Twin &twin, std::int64_t tx, std::int64_t rx) {
        Link link = joined;
        link.client = link.server = "127.0.0.1";
        link.server_port = Twin::server_port;
        link.netns = twin.netns.inode();
        link.open = link.connections = 1;
        link.failed = 0;
        link.tx_bytes = tx;
        link.rx_bytes = rx;
        return link;
    };
    check_table(tracer, {loopback(first, 100, 200), loopback(second, 10, 20), joined});
}

TEST_CASE("a filter of links chooses connections, whose other end is named all the same") {
    // The ports of the servers that remain.
    using Ports = std::set<int>;
    const Ports all = {8001, 8002, 8003, 8004};
    const std::vector<std::pair<Words, Ports>> rows = {
        {{"-c", "tt-alpha"}, {8001}},
        {{"-c", "tt-server", "-6"}, {8003}},
        {{"-c", "^tt-beta"}, {8001, 8003, 8004}},
        {{"-u", "12345"}, {8002}},
        {{"-L", "8001,40002"}, {8001, 8002}},
        {{"-D", "40003,8004"}, {8003, 8004}},
        {{"--lport", "^8001", "--rport", "^40004"}, {8002, 8003}},
        {{"--role", "client"}, all},
        {{"--role", "server", "-P", "8001"}, {8001}},
    };
    const FilterWorld world;
    const std::string inode = std::to_string(world.netns().inode());
    std::vector<Words> arguments;
    for (const auto &[filter, ports] : rows) {
        arguments.push_back({"links", "0.2", "-N", inode});
        for (const Words &words : {filter, small})
            arguments.back().insert(arguments.back().end(), words.begin(), words.end());
    }
    const auto tracers = Tracer::several(arguments);
    world.make_connections();
    const auto ports_of = [](const Table &table) {
        Ports ports;
        for (const Link &link : table)
            ports.insert(link.server_port.value_or(0));
        return ports;
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(rows[i].first);
        CHECK(tracers[i]->wait_for_table([&](const Table &table) {
            return ports_of(table) == rows[i].second && sum(table).open == 0;
        }));
        tracers[i]->interrupt();
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(rows[i].first);
        CHECK(tracers[i]->stop() == 0);
        const Table table = tracers[i]->last_table();
        CHECK(ports_of(table) == rows[i].second);
        CHECK(table.size() == rows[i].second.size());
        for (const Link &link : table) {
            INFO(link);
            CHECK(link.client_comm.value_or("").starts_with("tt-"));
            CHECK(link.client_comm != "tt-server");
            CHECK(link.server_comm == "tt-server");
            CHECK(link.connections == 1);
            CHECK(link.tx_bytes == 1);
        }
    }
}

TEST_CASE("a filter of links on process ids or one end's namespace keeps what is known of it") {
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor stranger("tt-stranger", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Socket listener = server.listen(Cable::there4.with_port(40003));
    const std::string here = std::to_string(cable.here.inode());
    const std::string there = std::to_string(cable.there.inode());
    const auto tracers = Tracer::several({{"links", "0.1", "-p", std::to_string(client.pid())},
                                          {"links", "0.1", "-p", std::to_string(server.pid())},
                                          {"links", "0.1", "-N", here, "-c", "tt-client"},
                                          {"links", "0.1", "-N", there}});
    Link by_client = link_between(client, server, listener, cable.here);
    by_client.client = "10.77.0.1";
    by_client.netns = std::nullopt;
    by_client.connections = 1;
    by_client.tx_bytes = 300;
    by_client.rx_bytes = 20;
    Link by_stranger = by_client;
    by_stranger.client_comm = "tt-stranger";
    by_stranger.tx_bytes = 200;
    for (auto *actor : {&client, &stranger}) {
        const Pair pair = converse_with(*actor, server, listener);
        exchange(*actor, server, pair, actor == &client ? 300 : 200, 20);
        hang_up(*actor, server, pair);
    }
    check_table(*tracers[0], {by_client});
    check_table(*tracers[1], {by_client, by_stranger});
    // Only one of the sockets is seen.
    Link half = by_client;
    half.server_comm = std::nullopt;
    check_table(*tracers[2], {half});
    Link nameless = by_client;
    nameless.client_comm = std::nullopt;
    nameless.connections = 2;
    nameless.tx_bytes = 500;
    nameless.rx_bytes = 40;
    check_table(*tracers[3], {nameless});
}
