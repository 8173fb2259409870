// Connections that were never established, and why.
#include <cerrno>

#include "actor.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;
using namespace std::chrono_literals;

namespace {

// Connects, blocking or not, waits until that has failed, and returns the errno.
int fail_to_connect(Actor &client, const Connect &how) {
    const Socket from = client.call(connect_to, how);
    return how.blocking ? from.error : client.call(finish_connect, from.fd);
}

// The event of this kind of a client in a namespace of its own, where only it connects.
Event event_in(Tracer &tracer, const NetNamespace &netns, std::string_view kind) {
    const std::int64_t inode = netns.inode();
    return tracer.wait_for(std::string(kind) + " in the test's namespace", [&](const Event &event) {
        return event.is(kind) && event.netns == inode && event.role == "client";
    });
}

Kinds kinds_in(Tracer &tracer, const NetNamespace &netns) {
    const std::int64_t inode = netns.inode();
    return kinds(tracer.select([&](const Event &event) { return event.netns == inode; }));
}

} // namespace

TEST_CASE("a refused connection has a connect and a close, which says refused") {
    const bool blocking = GENERATE(true, false);
    const Endpoint at = GENERATE(loopback4, loopback6);
    CAPTURE(blocking, at);
    Tracer &tracer = shared_tracer();
    const NetNamespace netns;
    Actor client("tt-client", {.netns = &netns});
    const Endpoint closed = at.with_port(9);
    REQUIRE(fail_to_connect(client, {.to = closed, .blocking = blocking}) == ECONNREFUSED);

    const Event connect = event_in(tracer, netns, "connect");
    const Event close = event_in(tracer, netns, "close");
    CHECK(connect.rport == 9);
    CHECK(connect.owner == client.owner());
    CHECK(close.id == connect.id);
    CHECK(close.lport == connect.lport);
    CHECK(close.owner == client.owner());
    CHECK(close.end == "refused");
    CHECK(close.error == "ECONNREFUSED");
    CHECK(close.tx_bytes == 0);
    CHECK(close.rx_bytes == 0);
    CHECK(close.connect_us == std::nullopt);
    CHECK(kinds_in(tracer, netns) == Kinds{"connect", "close"});
}

TEST_CASE("a connect without any answer times out") {
    const bool blocking = GENERATE(true, false);
    const Endpoint hole = GENERATE(Cable::hole4, Cable::hole6);
    CAPTURE(blocking, hole);
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    REQUIRE(fail_to_connect(client,
                            {.to = hole.with_port(80), .blocking = blocking, .give_up_ms = 500}) ==
            ETIMEDOUT);

    const Event close = event_in(tracer, cable.here, "close");
    CHECK(close.end == "timeout");
    CHECK(close.error == "ETIMEDOUT");
    CHECK(close.owner == client.owner());
    CHECK(close.raddr == hole.address());
    CHECK(close.tx_bytes == 0);
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect", "close"});
}

TEST_CASE("a connect that hangs is told while it hangs, and closed by its user it is aborted") {
    const Endpoint hole = GENERATE(Cable::hole4, Cable::hole6);
    CAPTURE(hole);
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    const std::int64_t before = earliest_time_us();
    const Socket from = client.call(connect_to, {.to = hole.with_port(80), .blocking = false});
    REQUIRE(from.error == EINPROGRESS);
    const std::int64_t after = latest_time_us();

    // Far less than the minutes that the kernel tries, far more than the promised 200 ms.
    const Event connect = tracer.wait_for("connect", from, 15s);
    CHECK(connect.time_us >= before);
    CHECK(connect.time_us <= after);
    CHECK(connect.owner == client.owner());
    CHECK(connect.netns == cable.here.inode());
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect"});

    client.close(from);
    const Event close = tracer.close_of(from);
    CHECK(close.id == connect.id);
    CHECK(close.end == "aborted");
    CHECK(close.error == std::nullopt);
    CHECK(close.owner == client.owner());
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect", "close"});
}

TEST_CASE("a connect that a signal interrupts goes on hanging until it is closed") {
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    const Socket from =
        client.call(connect_to, {.to = Cable::hole4.with_port(80), .interrupt_ms = 100});
    REQUIRE(from.error == EINTR);

    const Event connect = tracer.connect_of(from);
    tracer.settle();
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect"});
    client.close(from);
    const Event close = tracer.close_of(from);
    CHECK(close.id == connect.id);
    CHECK(close.end == "aborted");
}

TEST_CASE("a process killed in connect leaves an aborted connection") {
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-victim", {.netns = &cable.here});
    const Owner victim = client.owner();
    client.begin(connect_to, {.to = Cable::hole4.with_port(80)});
    const Event connect = event_in(tracer, cable.here, "connect");
    client.kill();

    const Event close = event_in(tracer, cable.here, "close");
    CHECK(connect.owner == victim);
    CHECK(close.owner == victim);
    CHECK(close.end == "aborted");
    CHECK(close.id == connect.id);
}

TEST_CASE("a host that ARP or ND cannot find is unreachable") {
    const Endpoint nobody_there = GENERATE(Cable::nobody4, Cable::nobody6);
    CAPTURE(nobody_there);
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    REQUIRE(fail_to_connect(client, {.to = nobody_there.with_port(80)}) == EHOSTUNREACH);

    const Event close = event_in(tracer, cable.here, "close");
    CHECK(close.end == "unreachable");
    CHECK(close.error == "EHOSTUNREACH");
    CHECK(close.owner == client.owner());
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect", "close"});
}

TEST_CASE("a host that a router calls unreachable is unreachable") {
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    REQUIRE(fail_to_connect(client, {.to = Cable::refused_by_router4.with_port(80)}) ==
            EHOSTUNREACH);

    const Event close = event_in(tracer, cable.here, "close");
    CHECK(close.end == "unreachable");
    CHECK(close.error == "EHOSTUNREACH");
    CHECK(kinds_in(tracer, cable.here) == Kinds{"connect", "close"});
}

TEST_CASE("without a route a connect fails: one close, without a local address") {
    const bool blocking = GENERATE(true, false);
    const Endpoint to = GENERATE(Cable::no_route4, Cable::no_route6);
    CAPTURE(blocking, to);
    Tracer &tracer = shared_tracer();
    const NetNamespace netns;
    Actor client("tt-client", {.netns = &netns});
    const Socket from = client.call(connect_to, {.to = to.with_port(80), .blocking = blocking});
    REQUIRE(from.error == ENETUNREACH);

    const Event close = event_in(tracer, netns, "close");
    CHECK(close.end == "failed");
    CHECK(close.error == "ENETUNREACH");
    CHECK(close.owner == client.owner());
    CHECK(close.family == to.family());
    CHECK(close.laddr == std::nullopt);
    CHECK(close.lport == std::nullopt);
    CHECK(close.raddr == to.address());
    CHECK(close.rport == 80);
    CHECK(close.tx_bytes == 0);
    client.close(from);
    tracer.settle();
    CHECK(kinds_in(tracer, netns) == Kinds{"close"});
}

TEST_CASE("without a free port a connect fails: one close, without a local port") {
    const Endpoint at = GENERATE(loopback4, loopback6);
    CAPTURE(at);
    Tracer &tracer = shared_tracer();
    const NetNamespace netns;
    {
        const Inside inside(netns);
        write_file("/proc/sys/net/ipv4/ip_local_port_range", "40000 40001");
    }
    Actor client("tt-client", {.netns = &netns});
    Actor server("tt-server", {.netns = &netns});
    const Socket listener = server.listen(at.with_port(80));
    client.connect(listener);
    client.connect(listener);
    const Socket third = client.call(connect_to, {.to = listener.local});
    REQUIRE(third.error == EADDRNOTAVAIL);

    const Event close = event_in(tracer, netns, "close");
    CHECK(close.end == "failed");
    CHECK(close.error == "EADDRNOTAVAIL");
    CHECK(close.owner == client.owner());
    CHECK(close.lport == std::nullopt);
    CHECK(close.raddr == at.address());
    CHECK(close.rport == 80);
    tracer.settle();
    CHECK(kinds_in(tracer, netns) == Kinds{"connect", "connect", "close"});
}

TEST_CASE("a connect that is wrong in itself is no connection") {
    Tracer &tracer = shared_tracer();
    const Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.here});
    const Pair pair = converse(client, server);
    const Socket hanging =
        client.call(connect_to, {.to = Cable::hole4.with_port(80), .blocking = false});
    CHECK(client.call(connect_to, {.to = hanging.remote, .fd = hanging.fd}).error == EALREADY);
    CHECK(client.call(connect_to, {.to = pair.client.remote, .fd = pair.client.fd}).error ==
          EISCONN);
    const int udp = client.call(connect_udp, pair.client.remote);
    CHECK(client.call(connect_to, {.to = Cable::no_route4.with_port(80), .fd = udp}).error ==
          ENETUNREACH);

    client.close(hanging);
    tracer.close_of(hanging);
    tracer.settle();
    CHECK(kinds(tracer.all_of(pair.client)) == Kinds{"connect"});
    CHECK(kinds(tracer.all_of(hanging)) == Kinds{"connect", "close"});
    CHECK(kinds_in(tracer, cable.here).size() == 4); // and the accept
}
