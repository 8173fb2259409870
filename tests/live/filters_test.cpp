// Filters on facts of birth and on kinds of events: what they show and what they hide.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actor.h"
#include "catch.h"
#include "cgroup.h"
#include "filter_world.h"
#include "namespaces.h"
#include "tracer.h"

using namespace live;

// The handlers are the same for all backends, but for the tracepoint one: that is the host's.
TEST_CASE("a filter on facts of birth shows these ends of connections and no others",
          "[any-backend]") {
    check_filters({
        {{}, FilterWorld::everything},
        {{"-4"},
         {"web client", "web server", "db client", "db server", "mapped client", "mapped server"}},
        {{"-6"}, {"six client", "six server"}},
        {{"-P", "8001"}, {"web client", "web server"}},
        {{"--port", "8001,8003"}, {"web client", "web server", "six client", "six server"}},
        {{"-P", "8001", "-P", "8003"}, {"web client", "web server", "six client", "six server"}},
        {{"-P", "8001-8002"}, {"web client", "web server", "db client", "db server"}},
        {{"-P", "40001"}, {"web client", "web server"}},
        {{"-P", "8000-9000,^8002,^8004"}, {"web client", "web server", "six client", "six server"}},
        {{"-P", "^8002", "-P", "!8003-8004"}, {"web client", "web server"}},
        {{"-L", "8001"}, {"web server"}},
        {{"--lport", "^8001-8003,^40001-40003"}, {"mapped client", "mapped server"}},
        {{"-D", "8001"}, {"web client"}},
        {{"--rport", "40002-40003"}, {"db server", "six server"}},
        {{"-L", "8001-8003", "-D", "40002"}, {"db server"}},
        {{"-a", "127.0.0.3"}, {"db client"}},
        {{"--addr", "127.0.0.2/31"}, {"db client", "db server"}},
        {{"-a", "127.0.0.0/8,^127.0.0.2/31"},
         {"web client", "web server", "mapped client", "mapped server"}},
        {{"-a", "^127.0.0.0/8"}, {"six client", "six server"}},
        {{"-a", "::1"}, {"six client", "six server"}},
        {{"-a", "::/0"}, {"six client", "six server"}},
        {{"-a", "0.0.0.0/0", "-P", "8001,8003"}, {"web client", "web server"}},
        {{"--laddr", "127.0.0.3"}, {"db server"}},
        {{"--laddr", "::1", "--role", "server"}, {"six server"}},
        {{"--role", "client"}, {"web client", "db client", "six client", "mapped client"}},
        {{"--role", "server", "-4"}, {"web server", "db server", "mapped server"}},
    });
}

TEST_CASE("connections whose ports a filter does not want take no room") {
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    const Socket other = server.listen(loopback4);
    Tracer tracer({"--max-connections", "64", "-P", std::to_string(listener.local.port)});
    std::vector<Pair> others; // open at the same time; a loss fails the test
    for (int i = 0; i < 70; ++i)
        others.push_back(converse_with(client, server, other));
    const Pair pair = converse_with(client, server, listener);
    hang_up(client, server, pair);
    CHECK(tracer.close_of(pair.client).owner == client.owner());
    CHECK(tracer.close_of(pair.server).owner == server.owner());
    CHECK(tracer.events().size() == 4);
}

TEST_CASE("a filter on events shows only these", "[any-backend]") {
    const std::vector<std::pair<std::string, std::set<std::string>>> rows = {
        {"connect", {"connect"}},
        {"accept", {"accept"}},
        {"close", {"close"}},
        {"connect,accept", {"connect", "accept"}},
        {"^connect", {"accept", "close"}},
    };
    std::vector<Words> filters;
    for (const auto &[list, shown] : rows)
        filters.push_back({"-e", list, "--max-connections", "1024"});
    const FilterWorld world;
    const auto tracers = Tracer::several(filters);
    world.make_connections();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto &[list, shown] = rows[i];
        CAPTURE(list);
        // The last of what is to come: of the last connection, at the end that closes last.
        const std::string last = shown.contains("close") ? "close" : *shown.begin();
        tracers[i]->wait_for(last + " of the last connection", [&](const Event &event) {
            return event.is(last) && event.has_port(8004);
        });
        CHECK(tracers[i]->stop() == 0);
        std::set<std::string> found;
        for (const Event &event : world.events_in(*tracers[i]))
            found.insert(event.kind);
        CHECK(found == shown);
    }
}

TEST_CASE("a filter on the network namespace takes its inode number or a path") {
    const bool by_path = GENERATE(true, false);
    CAPTURE(by_path);
    FilterWorld world;
    FilterWorld other;
    const NetNamespace &netns = world.netns();
    Tracer tracer({"-N", by_path ? netns.path() : std::to_string(netns.inode())});
    other.make_connections();
    world.make_connections();
    world.wait_for_closes(tracer, FilterWorld::everything);
    CHECK(tracer.stop() == 0);
    CHECK(world.shown_by(tracer) == FilterWorld::everything);
    CHECK(other.events_in(tracer).empty());
}

TEST_CASE("a filter on a control group shows it and those below it, and no others") {
    if (cgroup_root().empty())
        return skip("cgroup2 is not mounted");
    const Cgroup chosen("tt-chosen");
    const Cgroup below("tt-below", chosen.path());
    const Cgroup other("tt-other");
    Actor hidden("tt-hidden", {.cgroup = other.path()});
    Actor inside("tt-inside", {.cgroup = chosen.path()});
    Actor deeper("tt-deeper", {.cgroup = below.path()});
    Actor server("tt-server", {.cgroup = other.path()});

    Tracer tracer({"--cgroup", chosen.path()});
    const Socket listener = server.listen(loopback4);
    std::map<std::string, Pair> pairs;
    for (Actor *client : {&hidden, &inside, &deeper}) {
        const Pair pair = converse_with(*client, server, listener);
        client->close(pair.client);
        server.close(pair.server);
        pairs[*client->owner().comm] = pair;
    }
    CHECK(tracer.connect_of(pairs["tt-inside"].client).cgroup == chosen.id());
    CHECK(tracer.connect_of(pairs["tt-deeper"].client).cgroup == below.id());
    tracer.close_of(pairs["tt-deeper"].client);
    CHECK(tracer.stop() == 0);
    CHECK(tracer.all_of(pairs["tt-hidden"].client).empty());
    CHECK(tracer.all_with_port(listener.local.port).size() == 4);
}
