// The suite's own tools, without tcptrail: a wrong tool would blame the wrong one.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "actor.h"
#include "burst.h"
#include "catch.h"
#include "process.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;

namespace {

std::string comm_of(pid_t pid) {
    return lines_of(read_file("/proc/" + std::to_string(pid) + "/comm")).at(0);
}

bool holds_socket(const Actor &actor, const Socket &socket) {
    const std::string path =
        "/proc/" + std::to_string(actor.pid()) + "/fd/" + std::to_string(socket.fd);
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

} // namespace

TEST_CASE("self-test: actors are processes of their names and hold what they opened",
          "[any-backend][self]") {
    Actor client("tt-client");
    Actor server("tt-server", {.uid = 12345});
    CHECK(comm_of(client.pid()) == "tt-client");
    CHECK(comm_of(server.pid()) == "tt-server");
    const Pair pair = converse(client, server, loopback6);
    CHECK(pair.client.local == pair.server.remote);
    CHECK(holds_socket(client, pair.client));
    CHECK(holds_socket(server, pair.server));

    Actor worker = server.fork("tt-worker");
    Actor other("tt-other");
    const Socket passed = worker.pass(pair.server, other);
    CHECK(holds_socket(worker, pair.server));
    CHECK(holds_socket(other, passed));
    server.close(pair.server);
    worker.close(pair.server);
    CHECK_FALSE(holds_socket(worker, pair.server));
    client.send(pair.client, 3);
    other.receive(passed, 3);
}

TEST_CASE("self-test: the networks fail as they should", "[any-backend][self]") {
    Cable cable;
    Actor client("tt-client", {.netns = &cable.here});
    Actor server("tt-server", {.netns = &cable.there});
    for (const Endpoint &there : {Cable::there4, Cable::there6})
        converse(client, server, there);
    const auto error = [&](const Endpoint &to) {
        return client.call(connect_to, {.to = to.with_port(80), .give_up_ms = 500}).error;
    };
    CHECK(error(Cable::hole4) == ETIMEDOUT);
    CHECK(error(Cable::hole6) == ETIMEDOUT);
    CHECK(error(Cable::nobody4) == EHOSTUNREACH);
    CHECK(error(Cable::nobody6) == EHOSTUNREACH);
    CHECK(error(Cable::refused_by_router4) == EHOSTUNREACH);
    CHECK(error(Cable::no_route4) == ENETUNREACH);
    CHECK(error(Cable::no_route6) == ENETUNREACH);
    CHECK(error(Cable::there4) == ECONNREFUSED);
}

TEST_CASE("self-test: a burst makes its connections", "[any-backend][self]") {
    Actor client("tt-client");
    Actor server("tt-server");
    CHECK(run_burst(client, server, 1000).port != 0);
}

TEST_CASE("self-test: a program's output, errors and status are kept", "[any-backend][self]") {
    Process process({.argv = {"/bin/sh", "-c", "echo out; echo err >&2; kill -TERM $$"}});
    CHECK(process.wait() == 128 + SIGTERM);
    CHECK(process.output() == "out\n");
    CHECK(process.errors() == "err\n");
}

TEST_CASE("self-test: an event must be as documented, to its last key", "[any-backend][self]") {
    const std::string good =
        R"({"event":"close","time":"2026-11-20T08:46:36.123456Z","time_us":1795164396123456,)"
        R"("id":17,"role":"client","pid":4321,"comm":"curl","uid":0,"family":4,)"
        R"("laddr":"127.0.0.1","lport":51234,"raddr":"127.0.0.1","rport":80,)"
        R"("netns":4026531840,"cgroup":1,"existing":false,"inferred":[],"tx_bytes":77,)"
        R"("rx_bytes":1256,"duration_us":5321,"connect_us":41,"accept_wait_us":null,)"
        R"("srtt_us":35,"retransmits":0,"end":"local","error":null})";
    const Event event = read_event(good);
    CHECK(event.owner == Owner{4321, "curl", 0});
    CHECK(event.tx_bytes == 77);
    CHECK(event.error == std::nullopt);
    CHECK(event.accept_wait_us == std::nullopt);
    for (const auto &[part, other] :
         {std::pair{"\"pid\":4321", "\"pid\":\"4321\""}, std::pair{"\"uid\":0,", ""},
          std::pair{"\"role\":\"client\"", "\"role\":\"both\""}, std::pair{"\"end\"", "\"END\""}}) {
        std::string bad = good;
        bad.replace(bad.find(part), std::string_view(part).size(), other);
        CHECK_THROWS(read_event(bad));
    }
}
