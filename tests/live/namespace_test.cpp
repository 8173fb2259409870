// Network namespaces: every event knows its own.
#include <csignal>
#include <set>

#include "actor.h"
#include "catch.h"
#include "tracer.h"
#include "twin.h"
#include "worlds.h"

using namespace live;

TEST_CASE("a connection between two namespaces is seen in both, mirrored") {
    const Endpoint there = GENERATE(Cable::there4, Cable::there6);
    CAPTURE(there);
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Pair pair = converse(client, server, there);
    client.send(pair.client, 1000);
    server.receive(pair.server, 1000);
    client.close(pair.client);
    server.receive_end(pair.server);
    server.close(pair.server);

    const Event connect = tracer.connect_of(pair.client);
    const Event accept = tracer.accept_of(pair.client.mirrored());
    CHECK(connect.netns == cable.here.inode());
    CHECK(connect.owner == client.owner());
    CHECK(connect.raddr == there.address());
    CHECK(accept.netns == cable.there.inode());
    CHECK(accept.owner == server.owner());
    CHECK(accept.laddr == there.address());
    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    CHECK(at_client.netns == cable.here.inode());
    CHECK(at_server.netns == cable.there.inode());
    CHECK(at_client.tx_bytes == 1000);
    CHECK(at_server.rx_bytes == 1000);
}

TEST_CASE("a process in a container is told by its pid outside") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-container", {.own_pids = true});
    Actor server("tt-container", {.own_pids = true});
    const Pair pair = converse(client, server);

    CHECK(tracer.connect_of(pair.client).owner == client.owner());
    CHECK(tracer.accept_of(pair.server).owner == server.owner());
}

TEST_CASE("within a container, processes outside have no pid, and the banner says so") {
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-j"}), .own_pids = true});
    wait_for_banner(process);
    Actor client("tt-outside");
    Actor server("tt-outside");
    const Pair pair = converse(client, server);
    CHECK(eventually([&] { return lines_of(process.output()).size() >= 2; }));
    process.signal(SIGINT);
    CHECK(process.wait() == 0);

    INFO(process.errors());
    CHECK(process.errors().find("PID") != std::string::npos);
    for (const Event &event : read_events(process.output())) {
        if (event.tells_of(pair.client) || event.tells_of(pair.server)) {
            CHECK(event.owner.pid == std::nullopt);
            CHECK(event.owner.comm == "tt-outside");
        }
    }
}

TEST_CASE("the same loopback tuple in two namespaces is two connections") {
    Tracer &tracer = shared_tracer();
    Twin first;
    Twin second;
    REQUIRE(first.pair.client.local == second.pair.client.local);
    second.client.send(second.pair.client, 2);
    second.server.receive(second.pair.server, 2);
    for (Twin *twin : {&first, &second}) {
        twin->client.close(twin->pair.client);
        twin->server.close(twin->pair.server);
    }

    std::set<std::int64_t> ids;
    for (Twin *twin : {&first, &second}) {
        const Event connect = twin->event(tracer, "connect", twin->pair.client);
        const Event accept = twin->event(tracer, "accept", twin->pair.server);
        const Event at_client = twin->event(tracer, "close", twin->pair.client);
        const Event at_server = twin->event(tracer, "close", twin->pair.server);
        CHECK(connect.owner == twin->client.owner());
        CHECK(accept.owner == twin->server.owner());
        CHECK(at_client.id == connect.id);
        CHECK(at_server.id == accept.id);
        CHECK(at_client.tx_bytes == (twin == &second ? 2 : 0));
        ids.insert({connect.id, accept.id});
    }
    CHECK(ids.size() == 4);
}
