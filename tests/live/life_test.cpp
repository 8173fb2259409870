// The view life: one line for each connection that has ended, and what is open at the end.
#include <netinet/tcp.h>

#include <map>
#include <regex>
#include <set>

#include "actor.h"
#include "catch.h"
#include "namespaces.h"
#include "netlink.h"
#include "process.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;
using namespace std::chrono_literals;

namespace {

// Ports and state of each socket, as "40001 80 ESTABLISHED".
using OpenSockets = std::multiset<std::string>;

// By the kernel's numbers.
const std::vector<std::string> state_names = {"",           "ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                              "FIN_WAIT1",  "FIN_WAIT2",   "TIME_WAIT", "CLOSE",
                                              "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};

std::string open_socket(int lport, int rport, const std::string &state) {
    return std::to_string(lport) + ' ' + std::to_string(rport) + ' ' + state;
}

// What the namespace's own tables show, which ss(8) prints.
OpenSockets listed_by_kernel(const NetNamespace &netns) {
    const Inside inside(netns);
    const std::regex socket("^ *[0-9]+: [0-9A-F]+:([0-9A-F]+) [0-9A-F]+:([0-9A-F]+) ([0-9A-F]+) ");
    OpenSockets found;
    for (const char *table : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
        for (const std::string &line : lines_of(read_file(table))) {
            std::smatch match;
            if (!std::regex_search(line, match, socket))
                continue;
            const auto number = [&](int part) { return std::stoi(match[part], nullptr, 16); };
            const std::string &state = state_names.at(static_cast<std::size_t>(number(3)));
            // Of these two the one is no connection, and the other has no socket any more.
            if (state != "LISTEN" && state != "TIME_WAIT")
                found.insert(open_socket(number(1), number(2), state));
        }
    }
    return found;
}

// What `life --open -d 0` shows of a namespace, from within it: only there does it find sockets
// that no process holds.
OpenSockets listed_by_life(const NetNamespace &netns) {
    const Inside inside(netns);
    Tracer tracer({"life", "--open", "-d", "0", "-N", std::to_string(netns.inode())});
    CHECK(tracer.process().wait() == 0);
    OpenSockets found;
    for (const Event &event : tracer.events()) {
        CHECK(event.is("open"));
        found.insert(open_socket(event.lport.value_or(0), event.rport, event.state));
    }
    return found;
}

std::multiset<std::string> states(const OpenSockets &sockets) {
    std::multiset<std::string> names;
    for (const std::string &socket : sockets)
        names.insert(socket.substr(socket.rfind(' ') + 1));
    return names;
}

void check_open(const Event &event, const Owner &owner, std::string_view role,
                std::string_view state) {
    INFO(event.line);
    CHECK(event.owner == owner);
    CHECK(event.role == role);
    CHECK(event.state == state);
    CHECK(event.end == "open");
    CHECK(event.error == std::nullopt);
}

void check_bytes(const Event &event, std::int64_t tx, std::int64_t rx) {
    INFO(event.line);
    CHECK(event.tx_bytes == tx);
    CHECK(event.rx_bytes == rx);
}

// The only thing told of this end of a connection, in the end.
Event only(Tracer &tracer, std::string_view kind, const Socket &socket) {
    const auto all = tracer.all_of(socket);
    INFO(socket.local << " -> " << socket.remote);
    REQUIRE(kinds(all) == Kinds{std::string(kind)});
    return all.front();
}

} // namespace

TEST_CASE("life tells a connection once, when it has ended, with its bytes and times") {
    Tracer tracer({"life"});
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket from = client.connect(listener);
    pause_for(30ms); // in the accept queue
    const Pair pair{from, server.accept(listener)};
    exchange(client, server, pair, 1000, 2000);
    hang_up(client, server, pair);
    // Another that is reset, and one that is refused.
    const Pair other = converse_with(client, server, listener);
    client.reset(other.client);
    server.close(listener);
    const Socket refused = client.call(connect_to, {.to = listener.local});
    REQUIRE(refused.error == ECONNREFUSED);
    const Event failed = tracer.wait_for("the refused connection", [&](const Event &event) {
        return event.end == "refused" && event.rport == listener.local.port;
    });
    CHECK(tracer.stop() == 0);

    const Event at_client = only(tracer, "close", pair.client);
    CHECK(at_client.owner == client.owner());
    CHECK(at_client.role == "client");
    CHECK(at_client.end == "local");
    CHECK(at_client.error == std::nullopt);
    CHECK_FALSE(at_client.existing);
    check_bytes(at_client, 1000, 2000);
    REQUIRE(at_client.connect_us);
    REQUIRE(at_client.duration_us);
    CHECK(*at_client.connect_us <= *at_client.duration_us);
    CHECK(at_client.duration_us >= 30'000);
    CHECK(at_client.accept_wait_us == std::nullopt);

    const Event at_server = only(tracer, "close", pair.server);
    CHECK(at_server.owner == server.owner());
    CHECK(at_server.role == "server");
    CHECK(at_server.end == "remote");
    check_bytes(at_server, 2000, 1000);
    CHECK(at_server.connect_us == std::nullopt);
    CHECK(at_server.accept_wait_us >= 30'000);

    CHECK(tracer.all_of(other.server).size() == 1);
    CHECK(only(tracer, "close", other.server).end == "remote-reset");
    CHECK(failed.is("close"));
    CHECK(failed.owner == client.owner());
    CHECK(failed.connect_us == std::nullopt);
}

TEST_CASE("life --open tells at the end what is open still, with its bytes until then") {
    Actor client("tt-client");
    Actor server("tt-server");
    Actor worker("tt-worker");
    const Socket listener = server.listen(loopback6);
    const Pair old = converse_with(client, server, listener);
    exchange(client, server, old, 10, 20);
    Pair passed = converse_with(client, server, listener);
    const Socket given = server.pass(passed.server, worker);
    server.close(passed.server);
    passed.server = given;

    Tracer tracer({"life", "--open"});
    exchange(client, server, old, 100, 200);
    exchange(client, worker, passed, 3, 4);
    const Pair fresh = converse_with(client, server, listener);
    exchange(client, server, fresh, 1, 0);
    const Pair half_closed = converse_with(client, server, listener);
    exchange(client, server, half_closed, 5, 6);
    client.shut_down(half_closed.client);
    server.receive_end(half_closed.server);
    REQUIRE(client.call(wait_for_state, {half_closed.client.fd, TCP_FIN_WAIT2}) == 0);
    const Pair ended = converse_with(client, server, listener);
    hang_up(client, server, ended);
    const Socket queued = client.connect(listener); // nobody accepts it
    tracer.close_of(ended.client);
    tracer.close_of(ended.server);
    CHECK(tracer.select([](const Event &event) { return event.is("open"); }).empty());
    CHECK(tracer.stop() == 0);

    const Event old_client = only(tracer, "open", old.client);
    check_open(old_client, client.owner(), "client", "ESTABLISHED");
    check_bytes(old_client, 110, 220);
    CHECK(old_client.existing);
    CHECK(old_client.duration_us == std::nullopt);
    const Event old_server = only(tracer, "open", old.server);
    check_open(old_server, server.owner(), "server", "ESTABLISHED");
    check_bytes(old_server, 220, 110);
    const Event at_worker = only(tracer, "open", passed.server);
    check_open(at_worker, worker.owner(), "server", "ESTABLISHED");
    check_bytes(at_worker, 4, 3);

    const Event fresh_client = only(tracer, "open", fresh.client);
    check_open(fresh_client, client.owner(), "client", "ESTABLISHED");
    check_bytes(fresh_client, 1, 0);
    CHECK_FALSE(fresh_client.existing);
    CHECK(fresh_client.connect_us);
    CHECK(fresh_client.duration_us);
    const Event fresh_server = only(tracer, "open", fresh.server);
    check_open(fresh_server, server.owner(), "server", "ESTABLISHED");
    CHECK(fresh_server.accept_wait_us);
    const Event finished = only(tracer, "open", half_closed.client);
    check_open(finished, client.owner(), "client", "FIN_WAIT2");
    check_bytes(finished, 5, 6); // not 6 for the FIN
    const Event waiting = only(tracer, "open", half_closed.server);
    check_open(waiting, server.owner(), "server", "CLOSE_WAIT");
    check_bytes(waiting, 6, 5);
    check_open(only(tracer, "open", queued), client.owner(), "client", "ESTABLISHED");
    check_open(only(tracer, "open", queued.mirrored()), nobody, "server", "ESTABLISHED");
    only(tracer, "close", ended.client);
    only(tracer, "close", ended.server);
}

TEST_CASE("life --open -d 0 tells what is open now, in the states that the kernel lists") {
    Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Socket listener = server.listen(Cable::there4.with_port(80));
    converse_with(client, server, listener);
    converse(client, server, Cable::there6.with_port(80));
    const Pair half_closed = converse_with(client, server, listener);
    client.shut_down(half_closed.client);
    server.receive_end(half_closed.server);
    REQUIRE(client.call(wait_for_state, {half_closed.client.fd, TCP_FIN_WAIT2}) == 0);
    const Pair last_ack = converse_with(client, server, listener);
    server.shut_down(last_ack.server);
    client.receive_end(last_ack.client);
    REQUIRE(server.call(wait_for_state, {last_ack.server.fd, TCP_FIN_WAIT2}) == 0);
    const Pair fin_wait = converse_with(client, server, listener);
    const Pair closing = converse_with(client, server, listener);
    client.connect(listener); // nobody accepts it
    cable.cut();
    for (const Pair *pair : {&last_ack, &fin_wait, &closing})
        client.close(pair->client);
    server.shut_down(closing.server);
    const Socket hanging =
        client.call(connect_to, {.to = Cable::hole4.with_port(80), .blocking = false});
    REQUIRE(hanging.error == EINPROGRESS);

    const std::multiset<std::string> wanted = {"CLOSING",     "ESTABLISHED", "ESTABLISHED",
                                               "ESTABLISHED", "FIN_WAIT1",   "FIN_WAIT2",
                                               "LAST_ACK",    "SYN_SENT"};
    CHECK(eventually([&] { return states(listed_by_kernel(cable.here)) == wanted; }));
    const OpenSockets here = listed_by_kernel(cable.here);
    REQUIRE(states(here) == wanted);
    CHECK(listed_by_life(cable.here) == here);
    const OpenSockets there = listed_by_kernel(cable.there);
    REQUIRE(states(there) == std::multiset<std::string>{"CLOSE_WAIT", "ESTABLISHED", "ESTABLISHED",
                                                        "ESTABLISHED", "ESTABLISHED", "FIN_WAIT1",
                                                        "FIN_WAIT2"});
    CHECK(listed_by_life(cable.there) == there);
}

TEST_CASE("life tells what -x, --slower and --no-existing ask for, and no more") {
    // Connections from here, by the name of their local port.
    const std::map<std::string, std::uint16_t> ports = {
        {"old", 40001},  {"good", 40002},    {"refused", 40003},     {"reset here", 40004},
        {"slow", 40006}, {"aborted", 40007}, {"reset there", 40005}, {"still open", 40008}};
    constexpr auto delay = 300ms;
    const Cable cable;
    const std::string netns = std::to_string(cable.here.inode());
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    const Socket listener = server.listen(Endpoint("0.0.0.0", 80));
    const auto how = [&](const std::string &name, const Endpoint &to) {
        return Connect{.to = to.with_port(80), .from = Endpoint("10.77.0.1", ports.at(name))};
    };
    const auto open = [&](const std::string &name) {
        return Pair{client.connect(listener, how(name, Cable::there4)), server.accept(listener)};
    };
    const Pair old = open("old");

    const std::vector<Words> options = {{},
                                        {"-x"},
                                        {"--slower", "0"},
                                        {"--slower", "300"},
                                        {"--slower", "100000"},
                                        {"--no-existing"},
                                        {"-x", "--open"}};
    std::vector<Words> arguments;
    for (const Words &words : options) {
        arguments.push_back({"life", "-N", netns, "--max-connections", "1024"});
        arguments.back().insert(arguments.back().end(), words.begin(), words.end());
    }
    const auto tracers = Tracer::several(arguments);
    hang_up(client, server, old);
    hang_up(client, server, open("good"));
    client.reset(open("reset here").client);
    const Pair reset_there = open("reset there");
    server.reset(reset_there.server);
    REQUIRE(client.call(wait_for_state, {reset_there.client.fd, TCP_CLOSE}) == 0);
    open("still open");
    client.close(client.call(connect_to, [&] {
        Connect hanging = how("aborted", Cable::hole4);
        hanging.blocking = false;
        return hanging;
    }()));
    // The SYN waits until somebody answers for the address.
    Connect slowly = how("slow", Cable::nobody4);
    slowly.blocking = false;
    {
        const Inside inside(cable.here);
        write_file("/proc/sys/net/ipv4/neigh/cable/mcast_solicit", "100");
    }
    Pair slow;
    slow.client = client.call(connect_to, slowly);
    REQUIRE(slow.client.error == EINPROGRESS);
    pause_for(delay);
    {
        const Inside inside(cable.there);
        Netlink().add_address("cable", Cable::nobody4, 24);
    }
    REQUIRE(client.call(finish_connect, slow.client.fd) == 0);
    slow.server = server.accept(listener);
    hang_up(client, server, slow);
    server.close(listener);
    REQUIRE(client.call(connect_to, how("refused", Cable::there4)).error == ECONNREFUSED);

    Tracer &all = *tracers.front();
    all.wait_for("the last of them", [&](const Event &event) {
        return event.lport == ports.at("refused") && event.end == "refused";
    });
    for (const auto &tracer : tracers)
        tracer->interrupt();
    using Names = std::set<std::string>;
    std::vector<Names> told;
    for (std::size_t i = 0; i < options.size(); ++i) {
        CAPTURE(options[i]);
        CHECK(tracers[i]->stop() == 0);
        Names names;
        for (const auto &[name, port] : ports)
            if (!tracers[i]->all_with_port(port).empty())
                names.insert(name);
        told.push_back(names);
        CHECK(tracers[i]->events().size() == names.size());
    }
    const Names ended = {"old", "good", "refused", "reset here", "slow", "aborted", "reset there"};
    const Names failed = {"refused", "reset here", "reset there", "aborted"};
    const Names shaken = {"good", "reset here", "reset there", "slow"};
    Names slower;
    for (const std::string &name : shaken)
        if (all.all_with_port(ports.at(name)).at(0).connect_us >= 300'000)
            slower.insert(name);
    Names not_old = ended;
    not_old.erase("old");
    CHECK(slower.contains("slow"));
    CHECK(told == std::vector<Names>{ended, failed, shaken, slower, {}, not_old, failed});
}
