// The view links when there is much: its sums are exact whatever is lost or folded.
#include <algorithm>
#include <csignal>
#include <string>

#include "actor.h"
#include "burst.h"
#include "catch.h"
#include "sums.h"
#include "tracer.h"

using namespace live;

namespace {

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("2,000 short connections are one link with exact sums, which never shrink",
          "[any-backend]") {
    constexpr int count = 2000;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Tracer tracer({"links", "0.1", "-P", std::to_string(listener.local.port)});
    run_burst(client, server, count, listener);
    check_sum(tracer, {.connections = count, .tx_bytes = count});
    REQUIRE(tracer.last_table().size() == 1);
    CHECK(tracer.last_table()[0].client_comm == "tt-client");
    CHECK(tracer.last_table()[0].server_comm == "tt-server");
    Link before;
    for (const Table &table : tables(tracer.events())) {
        const Link now = sum(table);
        CHECK(now.connections >= before.connections);
        CHECK(now.tx_bytes >= before.tx_bytes);
        // An end of one is closed when the next is opened.
        CHECK(now.open <= 2 + static_cast<std::int64_t>(tracer.missed()));
        before = now;
    }
}

TEST_CASE("when the buffer is full, the sums of links are exact all the same") {
    constexpr int count = 500;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Pair old = converse_with(client, server, listener);
    const Pair lasting = converse_with(client, server, listener);
    exchange(client, server, old, 100'000, 100'000);
    Tracer tracer({"links", "0.1", "--buffer", "4096", "-P", std::to_string(listener.local.port)});
    tracer.expect_losses();
    exchange(client, server, lasting, 30, 40);
    tracer.process().signal(SIGSTOP);
    exchange(client, server, old, 1000, 2000);
    run_burst(client, server, count, listener);
    hang_up(client, server, old); // its close is lost, too
    hang_up(client, server, lasting);
    tracer.process().signal(SIGCONT);
    check_sum(tracer, {.connections = count + 2, .tx_bytes = count + 1030, .rx_bytes = 2040});
    CHECK(contains(tracer.errors(), " events: ring buffer full"));
    // Of what was lost the kernel kept whose it was, so that there is nothing without a name.
    for (const Link &link : tracer.last_table()) {
        INFO(link);
        CHECK(link.server_port == listener.local.port);
        CHECK(link.client_comm == "tt-client");
        CHECK(link.server_comm == "tt-server");
    }
}

TEST_CASE("when more links are lost than the kernel keeps names of, the sums are exact yet",
          "[any-backend]") {
    constexpr int count = 700; // two ends each, and room for 1,024
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Tracer tracer({"links", "1", "--buffer", "4096", "-P", std::to_string(listener.local.port)});
    tracer.expect_losses();
    tracer.process().signal(SIGSTOP);
    run_scattered_burst(client, server, count, listener);
    tracer.process().signal(SIGCONT);
    check_sum(tracer, {.connections = count, .tx_bytes = count});
    // The rest is in a row without names.
    const Table table = tracer.last_table();
    CHECK(std::any_of(table.begin(), table.end(), [](const Link &link) { return !link.client; }));
}

TEST_CASE("links beyond --max-links are folded into one row, and the sums stay exact") {
    constexpr int count = 20;
    constexpr std::size_t room = 5;
    Actor client("tt-client");
    Actor server("tt-server");
    std::vector<Socket> listeners;
    std::string ports;
    for (int i = 0; i < count; ++i) {
        listeners.push_back(server.listen(loopback4));
        ports += std::to_string(listeners.back().local.port) + ',';
    }
    ports.pop_back();
    Tracer tracer({"links", "0.1", "--max-links", std::to_string(room), "-P", ports});
    std::int64_t tx = 0;
    std::int64_t rx = 0;
    for (int i = 0; i < count; ++i) {
        // The largest is neither the first nor the last.
        const std::int64_t bytes = i == count / 2 ? 10'000 : 100 + i;
        const Pair pair = converse_with(client, server, listeners[static_cast<std::size_t>(i)]);
        exchange(client, server, pair, bytes, 2 * bytes);
        hang_up(client, server, pair);
        tx += bytes;
        rx += 2 * bytes;
    }
    check_sum(tracer, {.connections = count, .tx_bytes = tx, .rx_bytes = rx});
    const Table table = tracer.last_table();
    CHECK(table.size() <= room + 1);
    CHECK(contains(tracer.errors(), "the smallest are summed in the row `other`"));
    CHECK(contains(tracer.errors(), "--max-links"));
    std::size_t others = 0;
    for (const Link &link : table) {
        INFO(link);
        others += link.client == "other" ? 1 : 0;
        if (link.server_port == listeners[count / 2].local.port)
            CHECK(link.tx_bytes == 10'000);
    }
    CHECK(others == 1);
    REQUIRE(table[0].client != "other");
    CHECK(table[0].server_port == listeners[count / 2].local.port);
}

TEST_CASE("when the connection table is full, the sums of links are exact once all have ended") {
    constexpr int count = 40; // two sockets each
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Tracer tracer(
        {"links", "0.1", "--max-connections", "64", "-P", std::to_string(listener.local.port)});
    tracer.expect_losses();
    std::vector<Pair> pairs;
    for (int i = 0; i < count; ++i)
        pairs.push_back(converse_with(client, server, listener));
    for (const Pair &pair : pairs) {
        client.send(pair.client, 10);
        server.receive(pair.server, 10);
        server.send(pair.server, 20);
        client.receive(pair.client, 20);
        hang_up(client, server, pair);
    }
    check_sum(tracer, {.connections = count, .tx_bytes = 10 * count, .rx_bytes = 20 * count});
    CHECK(contains(tracer.errors(), "connection table full"));
}
