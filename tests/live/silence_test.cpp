// What is no TCP connection is not told.
#include "actor.h"
#include "catch.h"
#include "tracer.h"

using namespace live;

TEST_CASE("UDP, Unix sockets, listeners and sockets that never connect are not told") {
    Tracer &tracer = shared_tracer();
    Actor busy("tt-silent");
    const Socket probe = busy.listen(loopback4);
    busy.close(probe);

    const int udp4 = busy.call(connect_udp, probe.local);
    const int udp6 = busy.call(connect_udp, loopback6.with_port(probe.local.port));
    REQUIRE(udp4 >= 0);
    REQUIRE(udp6 >= 0);
    REQUIRE(busy.call(converse_over_unix, 0) == 0);
    REQUIRE(busy.call(open_and_close, probe.local) == 0); // a listener
    REQUIRE(busy.call(open_and_close, loopback6.with_port(probe.local.port)) == 0);
    REQUIRE(busy.call(open_and_close, loopback4) == 0); // never connected
    busy.call(close_socket, udp4);
    busy.call(close_socket, udp6);

    tracer.settle();
    CHECK(tracer.all_with_port(probe.local.port).empty());
    const auto by_name = tracer.select(
        [&](const Event &event) { return event.owner.pid == busy.pid() || event.lport == 0; });
    CHECK(kinds(by_name).empty());
}

TEST_CASE("sockets that were open before and are no connections are not told") {
    Actor busy("tt-silent");
    const Socket listener = busy.listen(loopback4);
    const int udp = busy.call(connect_udp, listener.local);
    REQUIRE(udp >= 0);

    Tracer tracer;
    busy.call(close_socket, udp);
    busy.close(listener);
    tracer.settle();
    CHECK(tracer.all_with_port(listener.local.port).empty());
}

TEST_CASE("what a connection does between its open and its close is not told") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    for (int i = 0; i < 100; ++i) {
        client.send(pair.client, 100);
        server.receive(pair.server, 100);
        server.send(pair.server, 100);
        client.receive(pair.client, 100);
    }
    tracer.settle();
    CHECK(kinds(tracer.all_of(pair.client)) == Kinds{"connect"});
    CHECK(kinds(tracer.all_of(pair.server)) == Kinds{"accept"});
}
