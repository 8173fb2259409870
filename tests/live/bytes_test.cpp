// tx_bytes and rx_bytes: what was written is what is told, on both ends, however it ended.
#include "actor.h"
#include "catch.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

// Moves bytes while the other end reads them, for more than the sockets' buffers hold.
void move_bytes(Actor &from, const Socket &source, Actor &to, const Socket &sink,
                std::int64_t bytes, std::int64_t (*send)(Transfer) = send_bytes) {
    to.begin(receive_bytes, {sink.fd, bytes});
    CHECK(from.call(send, {source.fd, bytes}) == bytes);
    CHECK(to.finish<std::int64_t>() == bytes);
    REQUIRE(from.call(wait_acknowledged, source.fd) == 0);
}

void check_bytes(Tracer &tracer, const Pair &pair, std::int64_t to_server, std::int64_t to_client) {
    const Event at_client = tracer.close_of(pair.client);
    const Event at_server = tracer.close_of(pair.server);
    CHECK(at_client.tx_bytes == to_server);
    CHECK(at_server.rx_bytes == to_server);
    CHECK(at_server.tx_bytes == to_client);
    CHECK(at_client.rx_bytes == to_client);
}

struct Load {
    std::int64_t to_server;
    std::int64_t to_client;
};

} // namespace

TEST_CASE("bytes are exact whichever side closes first") {
    const auto [to_server, to_client] =
        GENERATE(Load{0, 0}, Load{1, 0}, Load{0, 1}, Load{1000, 1}, Load{1, 1000},
                 Load{10 * mebibyte, 1000}, Load{1000, 10 * mebibyte});
    const bool client_first = GENERATE(true, false);
    CAPTURE(to_server, to_client, client_first);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    move_bytes(client, pair.client, server, pair.server, to_server);
    move_bytes(server, pair.server, client, pair.client, to_client);
    if (client_first) {
        client.close(pair.client);
        server.receive_end(pair.server);
        server.close(pair.server);
    } else {
        server.close(pair.server);
        client.receive_end(pair.client);
        client.close(pair.client);
    }
    check_bytes(tracer, pair, to_server, to_client);
}

TEST_CASE("bytes are exact when a reset ends the connection") {
    const bool by_client = GENERATE(true, false);
    CAPTURE(by_client);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    move_bytes(client, pair.client, server, pair.server, 1000);
    move_bytes(server, pair.server, client, pair.client, 2000);
    if (by_client)
        client.reset(pair.client);
    else
        server.reset(pair.server);
    check_bytes(tracer, pair, 1000, 2000);
}

TEST_CASE("bytes that were never read count as received") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.send(pair.client, 1000);
    REQUIRE(server.call(wait_readable, {pair.server.fd, 1000}) == 0);
    REQUIRE(client.call(wait_acknowledged, pair.client.fd) == 0);
    server.close(pair.server); // a reset, as there is unread data
    check_bytes(tracer, pair, 1000, 0);
}

TEST_CASE("both sides close at the same time, and the bytes are exact") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    for (int i = 0; i < 20; ++i) {
        const Pair pair = converse(client, server);
        move_bytes(client, pair.client, server, pair.server, 10);
        move_bytes(server, pair.server, client, pair.client, 20);
        client.begin(close_socket, pair.client.fd);
        server.begin(close_socket, pair.server.fd);
        REQUIRE(client.finish<int>() == 0);
        REQUIRE(server.finish<int>() == 0);
        check_bytes(tracer, pair, 10, 20);
    }
}

TEST_CASE("bytes that had to be sent again count once") {
    constexpr std::int64_t lost = 20'000;
    Tracer &tracer = shared_tracer();
    Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Pair pair = converse(client, server, Cable::there4);
    move_bytes(client, pair.client, server, pair.server, mebibyte);
    cable.cut();
    client.send(pair.client, lost);
    cable.mend();
    server.receive(pair.server, lost);
    client.close(pair.client);
    server.receive_end(pair.server);
    server.close(pair.server);

    check_bytes(tracer, pair, mebibyte + lost, 0);
    CHECK(tracer.close_of(pair.client).retransmits >= 1);
    CHECK(tracer.close_of(pair.server).retransmits == 0);
}

TEST_CASE("bytes sent by sendfile, write and send are counted alike") {
    const auto send = GENERATE(send_file, write_bytes, send_bytes);
    const Endpoint at = GENERATE(loopback4, loopback6);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server, at);
    move_bytes(server, pair.server, client, pair.client, 3 * mebibyte + 1, send);
    server.close(pair.server);
    client.receive_end(pair.client);
    client.close(pair.client);
    check_bytes(tracer, pair, 0, 3 * mebibyte + 1);
}
