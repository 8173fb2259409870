// Filters on the owner, which stick to a connection once one of its owners matched.
#include <unistd.h>

#include <tuple>

#include "actor.h"
#include "catch.h"
#include "filter_world.h"
#include "tracer.h"

using namespace live;

namespace {

const Labels clients = {"web client", "db client", "six client", "mapped client"};
const Labels servers = {"web server", "db server", "six server", "mapped server"};
const Labels &everything = FilterWorld::everything;

Labels without(Labels labels, const std::string &label) {
    labels.erase(label);
    return labels;
}

// A connection that one process accepts and another serves and closes.
struct Served {
    Actor client{"tt-client"};
    Actor parent{"tt-parent"};
    Actor worker{"tt-worker"};
    Pair pair;

    void run() {
        pair = converse(client, parent);
        const Socket passed = parent.pass(pair.server, worker);
        parent.close(pair.server);
        client.send(pair.client, 10);
        worker.receive(passed, 10);
        client.close(pair.client);
        worker.receive_end(passed);
        worker.close(passed);
    }
};

} // namespace

TEST_CASE("a filter on names or users shows these owners' ends and no others", "[any-backend]") {
    check_filters({
        {{"-c", "tt-alpha"}, {"web client"}},
        {{"--comm", "tt-alpha,tt-gamma"}, {"web client", "six client"}},
        {{"-c", "tt-alpha", "-c", "tt-gamma"}, {"web client", "six client"}},
        {{"-c", "tt-*"}, everything},
        {{"-c", "tt-?eta"}, {"db client"}},
        {{"-c", "tt-[ag]*"}, {"web client", "six client"}},
        {{"-c", "tt"}, {}},
        {{"-c", "^tt-server"}, clients},
        {{"-c", "!tt-*a"}, servers},
        {{"-c", "tt-*,^tt-server,^tt-beta"}, without(clients, "db client")},
        {{"-c", "tt-alpha", "-D", "8001"}, {"web client"}},
        {{"-c", "tt-alpha", "-D", "8002"}, {}},
        {{"-u", "12345"}, {"db client"}},
        {{"--uid", "^12345"}, without(everything, "db client")},
        {{"-u", "12345", "-c", "tt-server"}, {}},
        {{"-u", "0", "-c", "tt-server", "-4"}, without(servers, "six server")},
    });
}

TEST_CASE("a filter on users takes names", "[any-backend]") {
    if (access("/etc/passwd", R_OK) != 0)
        return skip("there is no /etc/passwd here");
    check_filters({{{"-u", "root", "-c", "tt-*"}, without(everything, "db client")}});
}

TEST_CASE("a filter on names reads octal escapes back, and cuts what no name can be",
          "[any-backend]") {
    const auto [filter, name, note] = GENERATE(values<std::tuple<Words, std::string, bool>>({
        {{"-c", "tt\\040blank"}, "tt blank", false},
        {{"-c", "tt-seventeen-bytes"}, "tt-seventeen-by", true},
    }));
    CAPTURE(filter);
    Tracer tracer(filter);
    Actor hidden("tt-hidden");
    Actor shown(name);
    Actor server("tt-server");
    const Pair first = converse(hidden, server);
    const Pair second = converse(shown, server);

    tracer.connect_of(second.client);
    CHECK(tracer.stop() == 0);
    CHECK(tracer.all_of(first.client).empty());
    CHECK((tracer.errors().find("tt-seventeen-by") != std::string::npos) == note);
}

TEST_CASE("a filter on process ids shows what these processes own") {
    const bool exclude = GENERATE(false, true);
    CAPTURE(exclude);
    Actor first("tt-client");
    Actor second("tt-client");
    Actor server("tt-server");
    const std::string pid = std::to_string(first.pid());
    Tracer tracer({"-p", exclude ? "^" + pid : pid});
    const Pair hers = converse(first, server);
    const Pair his = converse(second, server);

    const Socket &shown = exclude ? his.client : hers.client;
    const Socket &hidden = exclude ? hers.client : his.client;
    tracer.connect_of(shown);
    CHECK(tracer.stop() == 0);
    CHECK(tracer.all_of(hidden).empty());
}

TEST_CASE("once an owner matched, all later events show; once one is excluded, none",
          "[any-backend]") {
    Served served;
    const std::string parent = std::to_string(served.parent.pid());
    const std::string worker = std::to_string(served.worker.pid());
    // A filter, and what it shows of the server's end.
    const std::vector<std::pair<Words, Kinds>> rows = {
        {{"-p", parent}, {"accept", "close"}},
        {{"-p", worker}, {"close"}},
        {{"-p", "^" + parent}, {}},
        {{"-p", "^" + worker}, {"accept"}},
        {{"-p", parent + ",^" + worker}, {"accept"}},
        {{"-p", worker + ",^" + parent}, {}},
        {{"-c", "tt-parent"}, {"accept", "close"}},
        {{"-c", "tt-worker"}, {"close"}},
        {{"-c", "^tt-parent"}, {}},
        {{"-c", "^tt-worker"}, {"accept"}},
    };
    std::vector<Words> filters = {{}}; // the first shows all, and so when there is no more to come
    for (const auto &[filter, told] : rows)
        filters.push_back(filter);
    for (Words &filter : filters)
        filter.insert(filter.end(), {"--max-connections", "1024"});

    const auto tracers = Tracer::several(filters);
    served.run();
    REQUIRE(tracers[0]->close_of(served.pair.server).owner == served.worker.owner());
    for (const auto &tracer : tracers)
        tracer->interrupt();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(rows[i].first);
        Tracer &filtered = *tracers[i + 1];
        CHECK(filtered.stop() == 0);
        CHECK(kinds(filtered.all_of(served.pair.server)) == rows[i].second);
    }
}
