// Connections that were open before tracing began.
#include <algorithm>
#include <csignal>
#include <regex>
#include <vector>

#include "actor.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;
using namespace std::chrono_literals;

namespace {

void check_existing(const Event &close, const Owner &owner, std::string_view role) {
    INFO(close.line);
    CHECK(close.owner == owner);
    CHECK(close.role == role);
    CHECK(close.existing);
    CHECK(close.inferred_role());
    CHECK(close.duration_us == std::nullopt);
    CHECK(close.connect_us == std::nullopt);
    CHECK(close.accept_wait_us == std::nullopt);
}

// A connection with its bytes so far; `holder` has the server's end.
struct Old {
    Pair pair;
    Actor *holder = nullptr;
    std::int64_t to_server = 0;
    std::int64_t to_client = 0;

    void exchange(Actor &client, std::int64_t up, std::int64_t down) {
        client.send(pair.client, up);
        holder->receive(pair.server, up);
        holder->send(pair.server, down);
        client.receive(pair.client, down);
        to_server += up;
        to_client += down;
    }
};

// Connections of which every third is passed on to the worker.
std::vector<Old> open_many(Actor &client, Actor &server, Actor &worker, const Endpoint &at,
                           int count) {
    std::vector<Old> connections;
    const Socket listener = server.listen(at);
    for (int i = 0; i < count; ++i) {
        Old old{converse_with(client, server, listener), &server};
        if (i % 3 == 0) {
            const Socket passed = server.pass(old.pair.server, worker);
            server.close(old.pair.server);
            old.pair.server = passed;
            old.holder = &worker;
        }
        old.exchange(client, i, 2 * i);
        connections.push_back(old);
    }
    return connections;
}

int connections_in_banner(const std::string &errors) {
    std::smatch match;
    const std::regex banner("Tracing TCP \\([a-z]+, ([0-9]+) connections? already open\\)");
    REQUIRE(std::regex_search(errors, match, banner));
    return std::stoi(match[1]);
}

} // namespace

TEST_CASE("200 sockets open before the start close with owner, role and whole bytes") {
    Actor client("tt-oldclient");
    Actor server("tt-oldserver");
    Actor worker("tt-oldworker");
    std::vector<Old> connections = open_many(client, server, worker, loopback4, 50);
    for (const Old &old : open_many(client, server, worker, loopback6, 50))
        connections.push_back(old);

    Tracer tracer;
    CHECK(connections_in_banner(tracer.errors()) >= 200);
    for (Old &old : connections) {
        old.exchange(client, 5, 7);
        client.close(old.pair.client);
        old.holder->receive_end(old.pair.server);
        old.holder->close(old.pair.server);
    }
    for (const Old &old : connections) {
        const Event at_client = tracer.close_of(old.pair.client);
        const Event at_server = tracer.close_of(old.pair.server);
        check_existing(at_client, client.owner(), "client");
        check_existing(at_server, old.holder->owner(), "server");
        CHECK(at_client.end == "local");
        CHECK(at_server.end == "remote");
        CHECK(at_client.tx_bytes == old.to_server);
        CHECK(at_server.rx_bytes == old.to_server);
        CHECK(at_server.tx_bytes == old.to_client);
        CHECK(at_client.rx_bytes == old.to_client);
    }
    tracer.settle();
    for (const Old &old : connections) {
        CHECK(kinds(tracer.all_of(old.pair.client)) == Kinds{"close"});
        CHECK(kinds(tracer.all_of(old.pair.server)) == Kinds{"close"});
    }
}

TEST_CASE("200 sockets open before the start show in life whole, in top and links since then") {
    Actor client("tt-oldclient");
    Actor server("tt-oldserver");
    Actor worker("tt-oldworker");
    constexpr std::int64_t up = 5;
    constexpr std::int64_t down = 7;
    std::vector<Old> connections = open_many(client, server, worker, loopback4, 50);
    for (const Old &old : open_many(client, server, worker, loopback6, 50))
        connections.push_back(old);
    const auto port4 = connections.front().pair.server.local.port;
    const auto port6 = connections.back().pair.server.local.port;
    const std::string ports = std::to_string(port4) + ',' + std::to_string(port6);

    const auto tracers = Tracer::several(
        {{"life", "--open", "-P", ports}, {"top", "0.5", "-P", ports}, {"links", "-P", ports}});
    Tracer &life = *tracers[0];
    Tracer &top = *tracers[1];
    for (Old &old : connections) {
        old.holder->begin(read_bytes, {old.pair.server.fd, up});
        REQUIRE(client.call(write_bytes, {old.pair.client.fd, up}) == up);
        REQUIRE(old.holder->finish<std::int64_t>() == up);
        REQUIRE(old.holder->call(write_bytes, {old.pair.server.fd, down}) == down);
        REQUIRE(client.call(read_bytes, {old.pair.client.fd, down}) == down);
        old.to_server += up;
        old.to_client += down;
    }
    // Every second one stays open.
    for (std::size_t i = 0; i < connections.size(); ++i) {
        const Old &old = connections[i];
        REQUIRE(client.call(wait_acknowledged, old.pair.client.fd) == 0);
        REQUIRE(old.holder->call(wait_acknowledged, old.pair.server.fd) == 0);
        if (i % 2 == 0)
            hang_up(client, *old.holder, old.pair);
    }
    for (const auto &tracer : tracers)
        tracer->interrupt();
    for (const auto &tracer : tracers)
        CHECK(tracer->stop() == 0);

    for (std::size_t i = 0; i < connections.size(); ++i) {
        const Old &old = connections[i];
        const bool closed = i % 2 == 0;
        CAPTURE(i, closed);
        REQUIRE(kinds(life.all_of(old.pair.client)) == Kinds{closed ? "close" : "open"});
        REQUIRE(kinds(life.all_of(old.pair.server)) == Kinds{closed ? "close" : "open"});
        const Event at_client = life.all_of(old.pair.client)[0];
        const Event at_server = life.all_of(old.pair.server)[0];
        check_existing(at_client, client.owner(), "client");
        check_existing(at_server, old.holder->owner(), "server");
        CHECK(at_client.end == (closed ? "local" : "open"));
        CHECK(at_server.end == (closed ? "remote" : "open"));
        CHECK(at_client.tx_bytes == old.to_server);
        CHECK(at_server.tx_bytes == old.to_client);
        CHECK(at_client.rx_bytes == old.to_client);
        CHECK(at_server.rx_bytes == old.to_server);
        Event moved; // the sum of all that top shows
        for (const Event &sample : top.all_of(old.pair.client)) {
            check_existing(sample, client.owner(), "client");
            moved.interval_tx_bytes += sample.interval_tx_bytes;
            moved.interval_rx_bytes += sample.interval_rx_bytes;
        }
        CHECK(moved.interval_tx_bytes == up);
        CHECK(moved.interval_rx_bytes == down);
        for (const Event &sample : top.all_of(old.pair.server))
            check_existing(sample, old.holder->owner(), "server");
    }
    // By family and program: 17 of each 50 went to the worker.
    const Table table = tracers[2]->last_table();
    CHECK(table.size() == 4);
    for (const Link &link : table) {
        INFO(link);
        const bool by_worker = link.server_comm == "tt-oldworker";
        const std::int64_t count = by_worker ? 17 : 33;
        CHECK(link.client_comm == "tt-oldclient");
        CHECK((by_worker || link.server_comm == "tt-oldserver"));
        CHECK(link.server_port == (link.server == "::1" ? port6 : port4));
        CHECK(link.client == link.server);
        CHECK(link.connections == count);
        CHECK(link.tx_bytes == count * up);
        CHECK(link.rx_bytes == count * down);
        CHECK(link.failed == 0);
    }
    CHECK(sum(table).open == 50);
}

TEST_CASE("connections of other network namespaces are found, too") {
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Pair pair = converse(client, server, Cable::there6);

    Tracer tracer;
    client.close(pair.client);
    server.receive_end(pair.server);
    server.close(pair.server);
    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    check_existing(at_client, client.owner(), "client");
    check_existing(at_server, server.owner(), "server");
    CHECK(at_client.netns == cable.here.inode());
    CHECK(at_server.netns == cable.there.inode());
}

TEST_CASE("connections of processes in containers are found, with their pids outside") {
    Actor client("tt-container", {.own_pids = true});
    Actor server("tt-server");
    const Pair pair = converse(client, server);

    Tracer tracer;
    client.close(pair.client);
    check_existing(tracer.close_of(pair.client), client.owner(), "client");
}

TEST_CASE("of several holders, the one that moves bytes is the owner") {
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");

    Tracer tracer;
    for (int i = 0; i < 15; ++i) {
        client.send(pair.client, 1);
        worker.receive(pair.server, 1);
        worker.send(pair.server, 1);
        client.receive(pair.client, 1);
        pause_for(100ms);
    }
    worker.close(pair.server);
    parent.close(pair.server);
    check_existing(tracer.close_of(pair.server), worker.owner(), "server");
}

TEST_CASE("a connection that was half closed before ends by the FIN that went first") {
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.send(pair.client, 10);
    client.shut_down(pair.client);
    server.receive(pair.server, 10);
    server.receive_end(pair.server);

    Tracer tracer;
    server.send(pair.server, 20);
    client.receive(pair.client, 20);
    server.close(pair.server);
    client.receive_end(pair.client);
    client.close(pair.client);
    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    check_existing(at_client, client.owner(), "client");
    check_existing(at_server, server.owner(), "server");
    CHECK(at_client.end == "local");
    CHECK(at_client.tx_bytes == 10);
    CHECK(at_client.rx_bytes == 20);
    CHECK(at_server.end == "remote");
    CHECK(at_server.tx_bytes == 20);
    CHECK(at_server.rx_bytes == 10);
}

TEST_CASE("a connection that waited to be accepted when tracing began is told at its accept") {
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);

    Tracer tracer;
    const Socket at = server.accept(listener);
    const Event accept = tracer.accept_of(at);
    CHECK(accept.owner == server.owner());
    client.close(from);
    server.receive_end(at);
    server.close(at);
    const Event close = tracer.close_of(at);
    CHECK(close.id == accept.id);
    CHECK(close.owner == server.owner());
    CHECK(close.end == "remote");
}

TEST_CASE("a connect that hung when tracing began is told by its close") {
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    const Socket from =
        client.call(connect_to, {.to = Cable::hole4.with_port(80), .blocking = false});

    Tracer tracer;
    client.close(from);
    const Event close = tracer.close_of(from);
    CHECK(close.owner == client.owner());
    CHECK(close.role == "client");
    CHECK(close.existing);
    CHECK(close.end == "aborted");
}

TEST_CASE("sockets that close while tracing begins are told once or not at all") {
    constexpr int count = 100;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    std::vector<Pair> pairs;
    for (int i = 0; i < count; ++i)
        pairs.push_back(converse_with(client, server, listener));

    stop_shared_tracer();
    Process process({.argv = tcptrail({"-j", "-P", std::to_string(listener.local.port)})});
    for (const Pair &pair : pairs) {
        client.close(pair.client);
        server.close(pair.server);
    }
    wait_for_banner(process);
    const Pair marker = converse_with(client, server, listener);
    process.signal(SIGINT);
    CHECK(process.wait() == 0);

    const auto events = read_events(process.output());
    for (const Pair &pair : pairs)
        for (const Socket &socket : {pair.client, pair.server})
            CHECK(std::count_if(events.begin(), events.end(),
                                [&](const Event &event) { return event.tells_of(socket); }) <= 1);
    CHECK(std::count_if(events.begin(), events.end(),
                        [&](const Event &event) { return event.tells_of(marker.client); }) == 1);
}
