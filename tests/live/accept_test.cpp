// Who accepts, and what happened to the connection before.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "actor.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"

using namespace live;
using namespace std::chrono_literals;

namespace {

constexpr int thread_count = 50;

// In an actor: threads that each accept one connection.
std::vector<std::thread> accepting_threads;
std::atomic<int> accepted_count;

int start_accepting_threads(int listener) {
    for (int i = 0; i < thread_count; ++i)
        accepting_threads.emplace_back([listener] {
            if (accept_from(listener).error == 0)
                ++accepted_count;
        });
    return 0;
}

int join_accepting_threads(int) {
    for (std::thread &thread : accepting_threads)
        thread.join();
    return accepted_count;
}

// Whether this many threads of a process sleep in accept(2), as far as /proc tells.
bool threads_in_accept(pid_t pid, int count) {
    const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task");
    const std::string accepting = std::to_string(SYS_accept4) + " ";
    return std::count_if(begin(tasks), end(tasks), [&](const auto &task) {
               return read_file(task.path() / "syscall").starts_with(accepting);
           }) >= count;
}

} // namespace

TEST_CASE("accept tells the tuple and the process, over IPv4, IPv6 and mapped IPv4") {
    const Endpoint at = GENERATE(loopback4, loopback6, loopback_mapped);
    CAPTURE(at);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server, at);

    const Event accept = tracer.accept_of(pair.server);
    CHECK(accept.role == "server");
    CHECK(accept.owner == server.owner());
    CHECK(accept.family == at.family());
    CHECK(accept.laddr == at.address());
    CHECK(accept.lport == pair.server.local.port);
    CHECK(accept.rport == pair.client.local.port);
    CHECK_FALSE(accept.existing);
    CHECK(accept.inferred.empty());
}

TEST_CASE("accept names the process that accepts, not the one that listens") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor listening("tt-listener");
    const Socket listener = listening.listen(loopback4);
    Actor accepting = listening.fork("tt-accepter");
    const Pair pair = converse_with(client, accepting, listener);

    CHECK(tracer.accept_of(pair.server).owner == accepting.owner());
}

TEST_CASE("accept in a thread names the process, not the thread") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-process");
    const Socket listener = server.listen(loopback4);
    client.connect(listener);
    const Socket at = server.call(accept_in_thread, listener.fd);
    REQUIRE(at.error == 0);

    CHECK(tracer.accept_of(at).owner == server.owner());
}

TEST_CASE("an accept that waits for its client is told") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(accept_from, listener.fd);
    REQUIRE(eventually([&] { return threads_in_accept(server.pid(), 1); }));
    client.connect(listener);
    const Socket at = server.finish<Socket>();

    CHECK(tracer.accept_of(at).owner == server.owner());
}

TEST_CASE("an accept that was waiting when tracing began is told") {
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(accept_from, listener.fd);
    REQUIRE(eventually([&] { return threads_in_accept(server.pid(), 1); }));

    Tracer tracer;
    client.connect(listener);
    const Socket at = server.finish<Socket>();
    CHECK(tracer.accept_of(at).owner == server.owner());
    CHECK_FALSE(tracer.accept_of(at).existing);
}

TEST_CASE("fifty threads that were waiting in accept when tracing began are all told") {
    Actor client("tt-client");
    Actor server("tt-threads");
    const Socket listener = server.listen(loopback4);
    server.call(start_accepting_threads, listener.fd);
    REQUIRE(eventually([&] { return threads_in_accept(server.pid(), thread_count); }));

    Tracer tracer;
    std::vector<Socket> clients;
    for (int i = 0; i < thread_count; ++i)
        clients.push_back(client.connect(listener));
    REQUIRE(server.call(join_accepting_threads, 0) == thread_count);
    const auto accepts = [&] {
        return tracer.select([&](const Event &event) {
            return event.is("accept") && event.lport == listener.local.port;
        });
    };
    CHECK(eventually([&] { return accepts().size() + tracer.missed() >= thread_count; }));
    tracer.settle();
    CHECK(accepts().size() <= thread_count);
    for (const Event &accept : accepts())
        CHECK(accept.owner == server.owner());
}

TEST_CASE("the time in the accept queue is told by accept and close") {
    constexpr auto delay = 150ms;
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const auto before = std::chrono::steady_clock::now();
    const Socket from = client.connect(listener);
    pause_for(delay);
    const Socket at = server.accept(listener);
    const auto most = std::chrono::steady_clock::now() - before;
    client.close(from);
    server.close(at);

    for (const Event &event : {tracer.accept_of(at), tracer.close_of(at)}) {
        REQUIRE(event.accept_wait_us.has_value());
        CHECK(std::chrono::microseconds(*event.accept_wait_us) >= delay);
        CHECK(std::chrono::microseconds(*event.accept_wait_us) <= most);
    }
    CHECK(tracer.close_of(from).accept_wait_us == std::nullopt);
}

TEST_CASE("a connection that its client has closed before the accept is accepted all the same") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);
    client.send(from, 7);
    client.close(from);
    const Socket at = server.accept(listener);
    server.receive(at, 7);
    server.receive_end(at);
    server.close(at);

    CHECK(tracer.accept_of(at).owner == server.owner());
    const Event close = tracer.close_of(at);
    CHECK(close.owner == server.owner());
    CHECK(close.end == "remote");
    CHECK(close.rx_bytes == 7);
    CHECK(kinds(tracer.all_of(at)) == Kinds{"accept", "close"});
}

TEST_CASE("a connection reset before its accept has the accepter's name on its close") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);
    REQUIRE(server.call(wait_acceptable, listener.fd) == 0);
    client.reset(from);
    pause_for(100ms); // the reset is long there, the accept within its second
    const Socket at = server.accept(listener);
    server.close(at);

    const Event accept = tracer.accept_of(from.mirrored());
    const Event close = tracer.close_of(from.mirrored());
    CHECK(accept.owner == server.owner());
    CHECK(close.owner == server.owner());
    CHECK(close.id == accept.id);
    CHECK(close.end == "remote-reset");
    CHECK(close.error == "ECONNRESET");
    CHECK(kinds(tracer.all_of(from.mirrored())) == Kinds{"accept", "close"});
}

TEST_CASE("a connection reset in the queue and never accepted closes without an owner") {
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);
    REQUIRE(server.call(wait_acceptable, listener.fd) == 0);
    client.reset(from);

    const Event close = tracer.close_of(from.mirrored());
    CHECK(close.owner == nobody);
    CHECK(close.end == "remote-reset");
    CHECK(close.role == "server");
    CHECK(kinds(tracer.all_of(from.mirrored())) == Kinds{"close"});
}

TEST_CASE("a connection whose listener closes first was never accepted") {
    const bool killed = GENERATE(false, true);
    CAPTURE(killed);
    Tracer &tracer = shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);
    // The handshake's last segment may still be on its way.
    REQUIRE(server.call(wait_acceptable, listener.fd) == 0);
    if (killed)
        server.kill();
    else
        server.close(listener);

    const Event close = tracer.close_of(from.mirrored());
    CHECK(close.end == "unaccepted");
    CHECK(close.owner == nobody);
    CHECK(close.role == "server");
    CHECK(close.accept_wait_us == std::nullopt);
    CHECK(kinds(tracer.all_of(from.mirrored())) == Kinds{"close"});
    // The client was established, and hears of it by a reset.
    const Event other = tracer.close_of(from);
    CHECK(other.end == "remote-reset");
    CHECK(other.error == "ECONNRESET");
}
