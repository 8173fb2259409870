// Much at the same time: tracers, starts and ends, namespaces and processes that come and go.
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actor.h"
#include "bpf_objects.h"
#include "catch.h"
#include "churn.h"
#include "descriptor.h"
#include "namespaces.h"
#include "scale.h"
#include "tracer.h"

using namespace live;

namespace {

// The kernel frees what a run had some time after its last descriptor has gone.
void check_nothing_left(const BpfObjects &before) {
    BpfObjects after;
    eventually([&] {
        after = BpfObjects::now();
        return after.within(before);
    });
    INFO("before:\n" << before << "after:\n" << after);
    CHECK(after.within(before));
}

void check_a_clean_run() {
    Tracer tracer;
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.close(pair.client);
    server.close(pair.server);
    tracer.settle();
    CHECK(kinds(tracer.all_of(pair.client)) == Kinds{"connect", "close"});
    CHECK(kinds(tracer.all_of(pair.server)) == Kinds{"accept", "close"});
    CHECK(tracer.stop() == 0);
}

// The exit status of a child of that pid, or -1: there is none.
int run_as_pid(pid_t pid, const Endpoint &to) {
    clone_args args{};
    args.exit_signal = SIGCHLD;
    args.set_tid = reinterpret_cast<std::uint64_t>(&pid);
    args.set_tid_size = 1;
    const long child = syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) {
        const Socket socket = connect_to({.to = to});
        _exit(socket.error == 0 && close_socket(socket.fd) == 0 ? 0 : 1);
    }
    int status = 0;
    return child == pid && waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

std::string ports_word(const Socket &listener) {
    return std::to_string(listener.local.port);
}

} // namespace

TEST_CASE("many tracers start and end at the same time under load, and nothing stays",
          "[any-backend]") {
    stop_shared_tracer();
    const BpfObjects before = BpfObjects::now();
    {
        const Churn churn(1);
        Actor client("tt-client");
        Actor server("tt-server");
        const Socket listener = server.listen(loopback4);
        const auto count = static_cast<std::size_t>(scaled(30, 2));
        // All of it reaches each of them, and only what fails is printed.
        const std::string ports = std::to_string(churn.port()) + ',' + ports_word(listener);
        const auto tracers = Tracer::several(
            std::vector<Words>(count, {"life", "-x", "-P", ports, "--max-connections", "4096"}));
        const Pair pair = converse_with(client, server, listener);
        client.reset(pair.client);
        for (const auto &tracer : tracers) {
            tracer->expect_losses(); // tracers interrupt each other's programs
            CHECK(tracer->close_of(pair.client).owner == client.owner());
            CHECK(tracer->close_of(pair.server).owner == server.owner());
        }
        for (const auto &tracer : tracers)
            tracer->interrupt();
        for (const auto &tracer : tracers)
            CHECK(tracer->stop() == 0);
    }
    check_nothing_left(before);
    check_a_clean_run();
}

TEST_CASE("a tracer killed at any moment leaves nothing, and the next start is clean") {
    stop_shared_tracer();
    const BpfObjects before = BpfObjects::now();
    {
        const Churn churn(scaled(2, 1));
        const int times = scaled(100, 3);
        for (int i = 0; i < times; ++i) {
            Words words = {"-j", "-P", std::to_string(churn.port())};
            if (i % 4 == 3)
                words.insert(words.end(), {"--", "/bin/sh", "-c", "exec sleep 2"});
            Process process({.argv = tcptrail(words)});
            // From within the start to beyond it, in steps that never meet.
            pause_for(std::chrono::milliseconds((i * 37) % scaled(400, 4000)));
            process.signal(SIGKILL);
            CHECK(process.wait() == 128 + SIGKILL);
        }
    }
    check_nothing_left(before);
    check_a_clean_run();
}

TEST_CASE("connections held while a tracer starts under load are all there") {
    const int held = scaled(50, 10);
    stop_shared_tracer();
    const Churn churn(scaled(2, 1));
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    std::vector<Pair> pairs;
    for (int i = 0; i < held; ++i)
        pairs.push_back(converse_with(client, server, listener));
    Tracer tracer({"-c", "^tt-churn*"});
    for (const Pair &pair : pairs) {
        client.close(pair.client);
        server.close(pair.server);
    }
    tracer.settle();
    for (const Pair &pair : pairs) {
        for (const auto &[socket, owner] :
             {std::pair{pair.client, client.owner()}, std::pair{pair.server, server.owner()}}) {
            const auto events = tracer.all_of(socket);
            CHECK(kinds(events) == Kinds{"close"});
            CHECK(events.at(0).existing);
            CHECK(events.at(0).owner == owner);
        }
    }
}

TEST_CASE("connections of network namespaces that come and go are told with theirs") {
    Tracer &tracer = shared_tracer();
    const int times = scaled(10, 3);
    for (int i = 0; i < times; ++i) {
        std::int64_t inode = 0;
        Pair pair;
        Owner owner;
        {
            const NetNamespace netns;
            inode = netns.inode();
            Actor client("tt-client", {.netns = &netns});
            Actor server("tt-server", {.netns = &netns});
            pair = converse(client, server);
            owner = client.owner();
            client.send(pair.client, 10 + i);
            client.call(wait_acknowledged, pair.client.fd);
            // The rest ends with its processes, and they with their namespace.
        }
        const Event close = tracer.wait_for("the close in the namespace", [&](const Event &event) {
            return event.is("close") && event.netns == inode && event.owner == owner;
        });
        CHECK(close.tx_bytes == 10 + i);
        CHECK(close.lport == pair.client.local.port);
    }
}

TEST_CASE("a process that gets the pid of one of the command's is not the command's") {
    stop_shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(serve_forever, listener.fd);
    Pipe pipe;
    const std::string script = "/bin/sh -c 'echo pid $$'; read line; exec " + client_of(listener);
    Process process(
        {.argv = tcptrail({"-j", "-P", ports_word(listener), "--", "/bin/sh", "-c", script}),
         .stdin_fd = pipe.reading.number()});
    pid_t pid = 0;
    REQUIRE(eventually([&] {
        const std::string errors = process.errors();
        const std::size_t at = errors.find("\npid ");
        if (at != std::string::npos && errors.find('\n', at + 1) != std::string::npos)
            pid = std::stoi(errors.substr(at + 5));
        return pid != 0 || !process.running();
    }));
    int status = -1;
    CHECK(eventually([&] { return (status = run_as_pid(pid, listener.local)) >= 0; }));
    CHECK(status == 0);
    REQUIRE(write(pipe.writing.number(), "go\n", 3) == 3);
    CHECK(process.wait() == 0);
    const auto events = read_events(process.output());
    CHECK(kinds(events) == Kinds{"connect", "close"});
    for (const Event &event : events)
        CHECK(event.owner.pid != pid);
}

TEST_CASE("a pid that is used again names the process that has it now") {
    Tracer &tracer = shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(serve_forever, listener.fd);
    pid_t pid = 0;
    {
        Actor first("tt-first");
        first.connect(listener);
        pid = first.pid();
    }
    int status = -1;
    CHECK(eventually([&] { return (status = run_as_pid(pid, listener.local)) >= 0; }));
    CHECK(status == 0);
    std::vector<Event> closes;
    CHECK(eventually([&] {
        closes = tracer.select([&](const Event &event) {
            return event.is("close") && event.owner.pid == pid &&
                   event.rport == listener.local.port;
        });
        return closes.size() == 2;
    }));
    REQUIRE(closes.size() == 2);
    CHECK(closes[0].owner.comm == "tt-first");
    CHECK(closes[1].owner.comm == "live-tests");
}

TEST_CASE("of a command that forks without end all connections are told", "[any-backend]") {
    stop_shared_tracer();
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(serve_forever, listener.fd);
    const int rounds = scaled(100, 5);
    // Each round: children that do nothing, and two that connect, of which one is an orphan.
    const std::string client = client_of(listener);
    const std::string round =
        "(:) & (:) & (:) & (:) & " + client + " & ( (" + client + "; echo done >&2) & ) & wait; ";
    const std::string script = "i=0; while [ $i -lt " + std::to_string(rounds) + " ]; do " + round +
                               "i=$((i+1)); done; read line";
    Pipe pipe;
    Process process(
        {.argv = tcptrail({"-j", "-P", ports_word(listener), "--", "/bin/sh", "-c", script}),
         .stdin_fd = pipe.reading.number()});
    std::size_t done = 0;
    eventually(
        [&] {
            const auto lines = lines_of(process.errors());
            done = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), "done"));
            return done == static_cast<std::size_t>(rounds) || !process.running();
        },
        std::chrono::seconds(120));
    REQUIRE(write(pipe.writing.number(), "go\n", 3) == 3);
    process.wait();
    INFO(process.errors());
    std::map<std::int64_t, Kinds> connections;
    for (const Event &event : read_events(process.output()))
        connections[event.id].push_back(event.kind);
    CHECK(connections.size() == static_cast<std::size_t>(2 * rounds));
    for (const auto &[id, events] : connections)
        CHECK(events == Kinds{"connect", "close"});
}

TEST_CASE("tracers of different backends at the same time each tell everything", "[any-backend]") {
    const int count = scaled(100, 20);
    stop_shared_tracer();
    std::vector<Words> usable;
    for (const std::string backend : {"fentry", "kprobe", "tracepoint"}) {
        Process probe({.argv = tcptrail({"--probes", backend, "-q", "-d", "0"})});
        if (probe.wait() == 0)
            usable.push_back({"--probes", backend, "--max-connections", "4096"});
    }
    const auto tracers = Tracer::several(usable);
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    for (const auto &tracer : tracers)
        tracer->expect_losses(); // of one that another interrupts, counted
    std::vector<Pair> pairs;
    for (int i = 0; i < count; ++i) {
        pairs.push_back(converse_with(client, server, listener));
        hang_up(client, server, pairs.back());
    }
    for (const auto &tracer : tracers) {
        tracer->settle();
        std::int64_t lost = 0;
        for (const Event &event : tracer->events())
            lost += event.lost;
        const auto told =
            static_cast<std::int64_t>(tracer->all_with_port(listener.local.port).size());
        INFO(tracer->errors());
        CHECK(told <= 4 * count);
        CHECK(told + lost >= 4 * count);
        CHECK(tracer->stop() == 0);
    }
}
