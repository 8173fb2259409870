// Many connections: none missing, none doubled; and what is lost is counted.
#include <csignal>
#include <map>
#include <set>

#include "actor.h"
#include "burst.h"
#include "catch.h"
#include "tracer.h"

using namespace live;

namespace {

// Waits until the listener's port was told of this many times.
void wait_for_count(Tracer &tracer, std::uint16_t port, std::size_t count) {
    eventually([&] { return tracer.all_with_port(port).size() >= count; });
    tracer.settle(); // what is too much has come, too, then
}

void check_every_connection(Tracer &tracer, const Endpoint &listener, std::size_t count) {
    std::map<std::int64_t, std::vector<Event>> connections; // by id
    for (const Event &event : tracer.all_with_port(listener.port))
        connections[event.id].push_back(event);
    std::size_t clients = 0;
    std::size_t servers = 0;
    std::size_t wrong = 0;
    for (const auto &[id, events] : connections) {
        const bool client = events.front().role == "client";
        ++(client ? clients : servers);
        const bool right = kinds(events) == Kinds{client ? "connect" : "accept", "close"} &&
                           events[0].lport == events[1].lport &&
                           events[0].rport == events[1].rport && events[1].end != "open" &&
                           (client ? events[1].tx_bytes : events[1].rx_bytes) == 1;
        if (!right && ++wrong <= 3)
            for (const Event &event : events)
                UNSCOPED_INFO(event.line);
    }
    // None without being counted.
    CHECK(wrong <= tracer.missed());
    CHECK(clients <= count);
    CHECK(servers <= count);
    CHECK(clients + servers + tracer.missed() >= 2 * count);
}

std::int64_t lost_by(Tracer &tracer) {
    std::int64_t sum = 0;
    for (const Event &event : tracer.select([](const Event &event) { return event.is("lost"); }))
        sum += event.lost;
    return sum;
}

} // namespace

TEST_CASE("5,000 short connections are told without one missing or doubled") {
    constexpr int count = 5000;
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Endpoint listener = run_burst(client, server, count);
    wait_for_count(tracer, listener.port, 4 * count);

    check_every_connection(tracer, listener, count);
    std::set<Owner, decltype([](const Owner &a, const Owner &b) { return a.pid < b.pid; })> owners;
    for (const Event &event : tracer.all_with_port(listener.port))
        owners.insert(event.owner);
    CHECK(owners.size() == 2);
    CHECK(owners.contains(client.owner()));
    CHECK(owners.contains(server.owner()));
}

TEST_CASE("two tracers at once do not disturb each other") {
    constexpr int count = 200;
    Tracer first;
    Tracer second;
    Actor client("tt-client");
    Actor server("tt-server");
    const Endpoint listener = run_burst(client, server, count);
    for (Tracer *tracer : {&first, &second}) {
        wait_for_count(*tracer, listener.port, 4 * count);
        check_every_connection(*tracer, listener, count);
    }

    CHECK(first.stop() == 0);
    const Endpoint again = run_burst(client, server, count);
    wait_for_count(second, again.port, 4 * count);
    check_every_connection(second, again, count);
}

TEST_CASE("what a full buffer loses is counted, and told plus lost is what happened") {
    constexpr int count = 400;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    // Others' events would be lost and counted as well: the port decides in the kernel.
    const std::uint16_t port = listener.local.port;
    Tracer tracer({"--buffer", "4096", "-P", std::to_string(port)});
    tracer.expect_losses();
    tracer.process().signal(SIGSTOP);
    run_burst(client, server, count, listener);
    tracer.process().signal(SIGCONT);
    CHECK(tracer.stop() == 0);

    const auto told = static_cast<std::int64_t>(tracer.all_with_port(port).size());
    const std::int64_t lost = lost_by(tracer);
    const std::string errors = tracer.errors();
    INFO(errors);
    CHECK(told < 4 * count);
    CHECK(told + lost == 4 * count);
    const std::string sum = "tcptrail: lost " + std::to_string(lost) + " events";
    CHECK(errors.find(sum) != std::string::npos);
    CHECK(errors.find("ring buffer full") != std::string::npos);
}

TEST_CASE("what a full connection table loses is told") {
    constexpr int room = 64;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Tracer tracer({"--max-connections", std::to_string(room)});
    tracer.expect_losses();
    // All of them are open at the same time.
    for (int i = 0; i < 2 * room; ++i)
        converse_with(client, server, listener);
    CHECK(tracer.stop() == 0);
    INFO(tracer.errors());
    CHECK(lost_by(tracer) > 0);
    CHECK(tracer.errors().find("connection table full") != std::string::npos);
}
