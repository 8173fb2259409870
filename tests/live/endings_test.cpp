// How established connections end, seen from both ends.
#include <chrono>

#include "actor.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;
using namespace std::chrono_literals;

TEST_CASE("the side whose FIN goes first ends locally, the other remotely") {
    const bool client_first = GENERATE(true, false);
    CAPTURE(client_first);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    if (client_first) {
        client.close(pair.client);
        server.receive_end(pair.server);
        server.close(pair.server);
    } else {
        server.close(pair.server);
        client.receive_end(pair.client);
        client.close(pair.client);
    }

    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    CHECK(at_client.end == (client_first ? "local" : "remote"));
    CHECK(at_server.end == (client_first ? "remote" : "local"));
    CHECK(at_client.error == std::nullopt);
    CHECK(at_server.error == std::nullopt);
    CHECK(at_client.owner == client.owner());
    CHECK(at_server.owner == server.owner());
}

TEST_CASE("half-close: the first FIN decides, and data may still flow") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.send(pair.client, 10);
    client.shut_down(pair.client);
    server.receive(pair.server, 10);
    server.receive_end(pair.server);
    server.send(pair.server, 5000);
    client.receive(pair.client, 5000);
    server.close(pair.server);
    client.receive_end(pair.client);
    client.close(pair.client);

    const Event at_client = tracer.close_of(pair.client);
    CHECK(at_client.end == "local");
    CHECK(at_client.tx_bytes == 10);
    CHECK(at_client.rx_bytes == 5000);
    const Event at_server = tracer.close_of(pair.server);
    CHECK(at_server.end == "remote");
    CHECK(at_server.tx_bytes == 5000);
    CHECK(at_server.rx_bytes == 10);
}

TEST_CASE("a reset is local for who sends it, remote for who gets it") {
    const bool by_client = GENERATE(true, false);
    const bool unread_data = GENERATE(false, true);
    CAPTURE(by_client, unread_data);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    Actor &resetter = by_client ? client : server;
    Actor &other = by_client ? server : client;
    const Socket &near = by_client ? pair.client : pair.server;
    const Socket &far = by_client ? pair.server : pair.client;
    if (unread_data) {
        other.send(far, 100);
        REQUIRE(resetter.call(wait_readable, {near.fd, 100}) == 0);
        resetter.close(near);
    } else {
        resetter.reset(near);
    }

    const Event sent = tracer.close_of(near);
    CHECK(sent.end == "local-reset");
    CHECK(sent.owner == resetter.owner());
    const Event got = tracer.close_of(far);
    CHECK(got.end == "remote-reset");
    CHECK(got.error == "ECONNRESET");
    CHECK(got.owner == other.owner());
}

TEST_CASE("a reset after the peer's FIN is EPIPE, and wins over the FIN") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.shut_down(pair.client);
    server.receive_end(pair.server);
    REQUIRE(client.call(wait_acknowledged, pair.client.fd) == 0);
    client.reset(pair.client);

    const Event got = tracer.close_of(pair.server);
    CHECK(got.end == "remote-reset");
    CHECK(got.error == "EPIPE");
    CHECK(tracer.close_of(pair.client).end == "local-reset");
}

TEST_CASE("a killed process closes its connections under its name") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-victim");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    const Owner victim = client.owner();
    client.kill();
    server.receive_end(pair.server);
    server.close(pair.server);

    const Event close = tracer.close_of(pair.client);
    CHECK(close.owner == victim);
    CHECK(close.end == "local");
    CHECK(tracer.close_of(pair.server).end == "remote");
}

TEST_CASE("an established connection whose peer falls silent ends by timeout") {
    Tracer &tracer = shared_tracer();
    Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Socket listener = server.listen(Cable::there4);
    const Socket from = client.connect(listener, {.give_up_ms = 500});
    server.accept(listener);
    cable.cut();
    client.send(from, 1);

    const Event close = tracer.close_of(from);
    CHECK(close.end == "timeout");
    CHECK(close.error == "ETIMEDOUT");
    CHECK(close.tx_bytes == 0);
    CHECK(close.retransmits >= 1);
    CHECK(close.owner == client.owner());
}

TEST_CASE("duration and connect time lie within what the test measured") {
    constexpr auto pause = 120ms;
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const auto before = std::chrono::steady_clock::now();
    const Pair pair = converse(client, server);
    pause_for(pause);
    client.close(pair.client);
    server.receive_end(pair.server);
    server.close(pair.server);

    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    const auto most = std::chrono::steady_clock::now() - before;
    for (const Event &close : {at_client, at_server}) {
        REQUIRE(close.duration_us.has_value());
        CHECK(std::chrono::microseconds(*close.duration_us) >= pause);
        CHECK(std::chrono::microseconds(*close.duration_us) <= most);
    }
    REQUIRE(at_client.connect_us.has_value());
    CHECK(*at_client.connect_us <= *at_client.duration_us);
    CHECK(at_server.connect_us == std::nullopt);
    CHECK(at_client.srtt_us.has_value());
    CHECK(at_client.retransmits == 0);
}
