// What a connect event says, and of what kinds of connect(2).
#include <set>

#include "actor.h"
#include "catch.h"
#include "cgroup.h"
#include "namespaces.h"
#include "tracer.h"

using namespace live;

TEST_CASE("connect tells the tuple and the process, over IPv4, IPv6 and mapped IPv4") {
    const Endpoint at = GENERATE(loopback4, loopback6, loopback_mapped);
    CAPTURE(at);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server, at);

    const Event connect = tracer.connect_of(pair.client);
    CHECK(connect.role == "client");
    CHECK(connect.owner == client.owner());
    CHECK(connect.family == at.family());
    CHECK(connect.laddr == pair.client.local.address());
    CHECK(connect.raddr == at.address());
    CHECK(connect.netns == NetNamespace::current().inode());
    CHECK(connect.cgroup == own_cgroup_id());
    CHECK_FALSE(connect.existing);
    CHECK(connect.inferred.empty());
}

TEST_CASE("an IPv4 client of a dual-stack listener is IPv4 on both ends") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(Endpoint("::"));
    const Socket from = client.connect({}, {.to = loopback4.with_port(listener.local.port)});
    const Socket at = server.accept(listener);

    CHECK(tracer.connect_of(from).family == 4);
    const Event accept = tracer.accept_of(at);
    CHECK(accept.family == 4);
    CHECK(accept.laddr == "127.0.0.1");
    CHECK(accept.raddr == "127.0.0.1");
}

TEST_CASE("connect has the time of its SYN") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);

    const std::int64_t before = earliest_time_us();
    const Socket from = client.connect(listener);
    const std::int64_t after = latest_time_us();

    const Event connect = tracer.connect_of(from);
    CHECK(connect.time_us >= before);
    CHECK(connect.time_us <= after);
}

TEST_CASE("a non-blocking connect is one connection like any other") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.call(connect_to, {.to = listener.local, .blocking = false});
    REQUIRE(from.error == EINPROGRESS);
    REQUIRE(client.call(finish_connect, from.fd) == 0);
    const Socket at = server.accept(listener);
    client.close(from);
    server.close(at);

    CHECK(tracer.connect_of(from).owner == client.owner());
    const Event close = tracer.close_of(from);
    CHECK(close.owner == client.owner());
    CHECK(close.end == "local");
    CHECK(close.connect_us.has_value());
    CHECK(kinds(tracer.all_of(from)) == Kinds{"connect", "close"});
}

TEST_CASE("connect in a thread names the process, not the thread") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-process");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener, {.in_thread = true});

    CHECK(tracer.connect_of(from).owner == client.owner());
}

TEST_CASE("a connection opened by sendto(2) with MSG_FASTOPEN is one like any other") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener, {.fast_open = true});
    const Socket at = server.accept(listener);
    server.receive(at, 1);
    client.close(from);
    server.close(at);

    CHECK(tracer.connect_of(from).owner == client.owner());
    CHECK(tracer.close_of(from).tx_bytes == 1);
    CHECK(tracer.close_of(at).rx_bytes == 1);
    CHECK(kinds(tracer.all_of(from)) == Kinds{"connect", "close"});
}

TEST_CASE("connect tells the port that the client bound") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    // A port that was free a moment ago.
    const Socket probe = client.listen(loopback4);
    client.close(probe);
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener, {.from = probe.local});
    REQUIRE(from.local == probe.local);

    CHECK(tracer.connect_of(from).lport == probe.local.port);
}

TEST_CASE("the user of a process is told by its effective uid") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-user", {.uid = 12345});
    Actor server("tt-server");
    const Pair pair = converse(client, server);

    CHECK(tracer.connect_of(pair.client).owner.uid == 12345);
    CHECK(tracer.accept_of(pair.server).owner.uid == 0);
}

TEST_CASE("an owner keeps the name it had when it became the owner") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-before");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    const Owner before = client.owner();
    client.rename("tt-after");
    client.close(pair.client);
    server.close(pair.server);

    CHECK(tracer.connect_of(pair.client).owner == before);
    CHECK(tracer.close_of(pair.client).owner == before);
}

TEST_CASE("both ends of a loopback connection are connections of their own") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.close(pair.client);
    server.close(pair.server);
    tracer.close_of(pair.client);
    tracer.close_of(pair.server);

    const auto opened = tracer.all_of(pair.client);
    const auto served = tracer.all_of(pair.server);
    CHECK(kinds(opened) == Kinds{"connect", "close"});
    CHECK(kinds(served) == Kinds{"accept", "close"});
    std::set<std::int64_t> ids;
    for (const auto &events : {opened, served}) {
        CHECK(events.front().id == events.back().id);
        ids.insert(events.front().id);
    }
    CHECK(ids.size() == 2);
    CHECK(*ids.begin() >= 1);
}

TEST_CASE("a socket that connects again is a second connection") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket closed = server.listen(loopback4);
    server.close(closed);
    const Socket listener = server.listen(loopback4);

    const Socket refused = client.call(connect_to, {.to = closed.local});
    REQUIRE(refused.error == ECONNREFUSED);
    const Socket from = client.connect(listener, {.fd = refused.fd});

    const Event first = tracer.wait_for("close of the refused connect", [&](const Event &event) {
        return event.is("close") && event.rport == closed.local.port && event.role == "client";
    });
    CHECK(first.end == "refused");
    CHECK(tracer.connect_of(from).id != first.id);
}

TEST_CASE("a socket that connects to itself is one client") {
    Tracer &tracer = shared_tracer();
    Actor actor("tt-narcissus");
    const Socket probe = actor.listen(loopback4);
    actor.close(probe);
    const Socket self = actor.connect({}, {.to = probe.local, .from = probe.local});
    actor.send(self, 3);
    actor.receive(self, 3);
    actor.close(self);

    CHECK(tracer.connect_of(self).owner == actor.owner());
    const Event close = tracer.close_of(self);
    CHECK(close.role == "client");
    CHECK(close.tx_bytes == 3);
    CHECK(close.rx_bytes == 3);
    CHECK(kinds(tracer.all_of(self)) == Kinds{"connect", "close"});
}
