// The container or the systemd unit of an owner, by groups that are named like theirs.
#include <csignal>
#include <set>
#include <sstream>

#include "actor.h"
#include "catch.h"
#include "cgroup.h"
#include "directory.h"
#include "skip.h"
#include "tracer.h"

using namespace live;

namespace {

// Where groups are made: in version 2, or where version 1 counts processes; empty: nowhere.
std::string groups() {
    const std::string version1 = version1_root("pids");
    return version1.empty() ? cgroup_root() : version1;
}

// The lines of a table, with one blank between fields.
std::set<std::string> rows_of(const std::string &table) {
    std::set<std::string> rows;
    for (const std::string &line : lines_of(table)) {
        std::istringstream words(line);
        std::string row;
        for (std::string word; words >> word;)
            row += (row.empty() ? "" : " ") + word;
        rows.insert(row);
    }
    return rows;
}

void converse_and_close(Actor &client, Actor &server, const Socket &listener) {
    const Pair pair = converse_with(client, server, listener);
    client.close(pair.client);
    server.close(pair.server);
}

} // namespace

TEST_CASE("unit names the container or the service of an owner, live and in a replay") {
    if (groups().empty())
        return skip("no cgroups are mounted");
    stop_shared_tracer();
    const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const Cgroup slice("tt.slice", groups());
    const Cgroup service("tt\\x2dweb.service", slice.path());
    const Cgroup container("docker-" + id + ".scope", slice.path());
    const Cgroup inside("init.scope", container.path());
    const Cgroup late_service("tt-late.service", slice.path());
    Actor client("tt-client", {.cgroup = service.path()});
    Actor server("tt-server", {.cgroup = inside.path()});
    Actor plain("tt-plain", {.cgroup = slice.path()});
    const Socket listener = server.listen(loopback4);
    const Pair existing = converse_with(client, server, listener);

    const Directory directory;
    const std::string file = directory.path() + "/run";
    const Words columns = {"-o", "comm,event,unit", "-P", std::to_string(listener.local.port)};
    Words words = {"-H", "--record", file};
    words.insert(words.end(), columns.begin(), columns.end());
    Process tracer({.argv = tcptrail(words)});
    wait_for_banner(tracer);
    client.close(existing.client);
    server.close(existing.server);
    converse_and_close(plain, server, listener);
    Actor late("tt-late", {.cgroup = late_service.path()});
    converse_and_close(late, server, listener);
    tracer.signal(SIGINT);
    REQUIRE(tracer.wait() == 0);

    const std::set<std::string> expected = {
        "tt-client close tt-web.service",
        "tt-server accept 0123456789ab",
        "tt-server close 0123456789ab",
        "tt-plain connect -",
        "tt-plain close -",
        "tt-late connect tt-late.service",
        "tt-late close tt-late.service",
    };
    CHECK(rows_of(tracer.output()) == expected);
    Words again = {"-H", "--replay", file};
    again.insert(again.end(), columns.begin(), columns.end());
    Process replay({.argv = tcptrail(again)});
    REQUIRE(replay.wait() == 0);
    CHECK(replay.output() == tracer.output());
}
