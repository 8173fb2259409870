// The owner of a server connection that another process serves than the one that accepted it.
#include <unistd.h>

#include <cerrno>

#include "actor.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"

using namespace live;
using namespace std::chrono_literals;

namespace {

int send_line(int fd) {
    return write(fd, "hello\n", 6) == 6 ? 0 : errno;
}

// Requests and answers of one byte until a tracer that looks for the serving process has surely
// found it.
void serve_for_a_while(Actor &client, Actor &worker, const Pair &pair) {
    for (int i = 0; i < 15; ++i) {
        client.send(pair.client, 1);
        worker.receive(pair.server, 1);
        worker.send(pair.server, 1);
        client.receive(pair.client, 1);
        pause_for(100ms);
    }
}

} // namespace

TEST_CASE("close names the forked worker that served, when the parent closed first") {
    const bool client_ends = GENERATE(true, false);
    CAPTURE(client_ends);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");
    parent.close(pair.server);
    client.send(pair.client, 10);
    worker.receive(pair.server, 10);
    worker.send(pair.server, 20);
    client.receive(pair.client, 20);
    if (client_ends) {
        client.close(pair.client);
        worker.receive_end(pair.server);
    }
    worker.close(pair.server);

    CHECK(tracer.accept_of(pair.server).owner == parent.owner());
    const Event close = tracer.close_of(pair.server);
    CHECK(close.owner == worker.owner());
    CHECK(close.end == (client_ends ? "remote" : "local"));
    CHECK(close.rx_bytes == 10);
    CHECK(close.tx_bytes == 20);
}

TEST_CASE("close names the forked worker that served, when the parent closed last") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");
    serve_for_a_while(client, worker, pair);
    worker.close(pair.server);
    parent.close(pair.server);

    CHECK(tracer.accept_of(pair.server).owner == parent.owner());
    CHECK(tracer.close_of(pair.server).owner == worker.owner());
}

TEST_CASE("close names the worker that reads and writes, too, not only send and recv") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");
    for (int i = 0; i < 15; ++i) {
        client.send(pair.client, 1);
        REQUIRE(worker.call(read_bytes, {pair.server.fd, 1}) == 1);
        REQUIRE(worker.call(write_bytes, {pair.server.fd, 1}) == 1);
        client.receive(pair.client, 1);
        pause_for(100ms);
    }
    worker.close(pair.server);
    parent.close(pair.server);

    CHECK(tracer.close_of(pair.server).owner == worker.owner());
}

TEST_CASE("a child that merely inherited the socket does not take it over") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    client.send(pair.client, 10);
    parent.receive(pair.server, 10);
    parent.send(pair.server, 20);
    client.receive(pair.client, 20);
    Actor child = parent.fork("tt-child");
    parent.close(pair.server);
    child.close(pair.server); // the last holder sends the FIN
    client.receive_end(pair.client);

    CHECK(tracer.close_of(pair.server).owner == parent.owner());
}

TEST_CASE("a parent that goes on serving stays the owner beside its idle child") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor child = parent.fork("tt-child");
    serve_for_a_while(client, parent, pair);
    parent.close(pair.server);
    child.close(pair.server);
    client.receive_end(pair.client);

    CHECK(tracer.close_of(pair.server).owner == parent.owner());
}

TEST_CASE("close names the child that used its parent's client connection") {
    Tracer &tracer = shared_tracer();
    Actor parent("tt-parent");
    Actor server("tt-server");
    const Pair pair = converse(parent, server);
    Actor child = parent.fork("tt-child");
    parent.close(pair.client);
    child.send(pair.client, 10);
    server.receive(pair.server, 10);
    child.close(pair.client);

    CHECK(tracer.connect_of(pair.client).owner == parent.owner());
    CHECK(tracer.close_of(pair.client).owner == child.owner());
}

TEST_CASE("close names the receiver of a passed descriptor, who served") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor acceptor("tt-acceptor");
    Actor worker("tt-receiver");
    const Pair pair = converse(client, acceptor);
    const Socket passed = acceptor.pass(pair.server, worker);
    acceptor.close(pair.server);
    client.send(pair.client, 10);
    worker.receive(passed, 10);
    worker.send(passed, 20);
    client.receive(pair.client, 20);
    worker.close(passed);

    CHECK(tracer.accept_of(pair.server).owner == acceptor.owner());
    const Event close = tracer.close_of(pair.server);
    CHECK(close.owner == worker.owner());
    CHECK(close.rx_bytes == 10);
    CHECK(close.tx_bytes == 20);
}

TEST_CASE("close names the program that a super-server started on its connection") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor inetd("tt-inetd");
    const Pair pair = converse(client, inetd);
    const int shell = inetd.call(start_shell_on, pair.server.fd);
    REQUIRE(shell > 0);
    inetd.close(pair.server);
    REQUIRE(client.call(send_line, pair.client.fd) == 0);
    client.receive(pair.client, 7); // "answer\n"
    client.receive_end(pair.client);
    client.close(pair.client);

    CHECK(tracer.accept_of(pair.server).owner == inetd.owner());
    const Event close = tracer.close_of(pair.server);
    CHECK(close.owner == Owner{shell, "sh", 0});
    CHECK(close.end == "local");
}

TEST_CASE("close names the worker whose parent died before it") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");
    const Owner dead = parent.owner();
    parent.kill();
    client.send(pair.client, 10);
    worker.receive(pair.server, 10);
    worker.close(pair.server);

    CHECK(tracer.accept_of(pair.server).owner == dead);
    CHECK(tracer.close_of(pair.server).owner == worker.owner());
}

TEST_CASE("a reset by the worker names the worker") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor parent("tt-parent");
    const Pair pair = converse(client, parent);
    Actor worker = parent.fork("tt-worker");
    parent.close(pair.server);
    worker.reset(pair.server);

    const Event close = tracer.close_of(pair.server);
    CHECK(close.owner == worker.owner());
    CHECK(close.end == "local-reset");
}

TEST_CASE("the client is never named on the server's close, nor the server on the client's") {
    // Both ends of a loopback connection are handled in whichever process runs at that moment.
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    for (int i = 0; i < 50; ++i) {
        const Pair pair = converse(client, server);
        client.send(pair.client, 100);
        server.receive(pair.server, 100);
        server.close(pair.server);
        client.close(pair.client);
        REQUIRE(tracer.close_of(pair.client).owner == client.owner());
        REQUIRE(tracer.close_of(pair.server).owner == server.owner());
    }
}
