// The tables that are printed again and again: when, how often, and in which form.
#include <csignal>
#include <set>
#include <sstream>

#include "actor.h"
#include "catch.h"
#include "namespaces.h"
#include "tracer.h"

using namespace live;

namespace {

Words fields_of(const std::string &line, char separator = ' ') {
    Words fields;
    std::istringstream rest(line);
    for (std::string field; std::getline(rest, field, separator);)
        if (!field.empty() || separator != ' ')
            fields.push_back(field);
    return fields;
}

// A connection between two processes in a namespace of its own.
struct World {
    NetNamespace netns;
    Actor client{"tt-client", {.netns = &netns}};
    Actor server{"tt-server", {.netns = &netns}};
    Socket listener = server.listen(loopback4.with_port(80));

    Pair open() {
        return {client.connect(listener, {.from = loopback4.with_port(40001)}),
                server.accept(listener)};
    }
    // The view's line in the namespace, without -j.
    Words watch(Words view) const {
        view.insert(view.end(), {"-N", std::to_string(netns.inode())});
        return tcptrail(view);
    }
};

} // namespace

TEST_CASE("top and links print COUNT tables, one an interval, and end with 0", "[any-backend]") {
    World world;
    world.open();
    const std::string netns = std::to_string(world.netns.inode());
    const auto tracers =
        Tracer::several({{"top", "0.1", "3", "--all", "--role", "client", "-N", netns},
                         {"links", "0.1", "3", "-N", netns},
                         {"links", "-d", "0.3", "-N", netns}});
    for (const auto &tracer : tracers)
        CHECK(tracer->process().wait() == 0);
    std::set<std::int64_t> ids;
    for (const Event &event : tracers[0]->events()) {
        CHECK(event.is("sample"));
        ids.insert(event.id);
    }
    CHECK(tracers[0]->events().size() == 3);
    CHECK(ids.size() == 1);
    const auto counted = tables(tracers[1]->events());
    REQUIRE(counted.size() == 3);
    for (const Table &table : counted)
        CHECK(table == counted.front());
    CHECK(tables(tracers[2]->events()) == std::vector<Table>{counted.front()});
}

TEST_CASE("in a pipe the header stands once, and every field is one token", "[any-backend]") {
    stop_shared_tracer();
    World world;
    Process life({.argv = world.watch({"life", "--role", "client"})});
    Process top({.argv = world.watch({"top", "0.1", "--all", "--role", "client"})});
    Process links({.argv = world.watch({"links"})});
    for (Process *process : {&life, &top, &links})
        wait_for_banner(*process);
    const Pair pair = world.open();
    exchange(world.client, world.server, pair, 1024, 3072);
    CHECK(eventually([&] { return lines_of(top.output()).size() >= 3; }));
    hang_up(world.client, world.server, pair);
    for (Process *process : {&life, &top, &links}) {
        process->signal(SIGINT);
        CHECK(process->wait() == 0);
    }

    const std::string pid = std::to_string(world.client.pid());
    const auto life_lines = lines_of(life.output());
    REQUIRE(life_lines.size() == 2);
    CHECK(fields_of(life_lines[0]) ==
          Words{"PID", "COMM", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB", "RX_KB", "MS", "END"});
    Words row = fields_of(life_lines[1]);
    REQUIRE(row.size() == 10);
    CHECK(std::stod(row[8]) > 0);
    row.erase(row.begin() + 8);
    CHECK(row == Words{pid, "tt-client", "127.0.0.1", "40001", "127.0.0.1", "80", "1.00", "3.00",
                       "local"});

    const auto top_lines = lines_of(top.output());
    REQUIRE(top_lines.size() >= 3);
    CHECK(fields_of(top_lines[0]) ==
          Words{"PID", "COMM", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB", "RX_KB"});
    for (std::size_t i = 1; i < top_lines.size(); ++i) {
        row = fields_of(top_lines[i]);
        REQUIRE(row.size() == 8);
        CHECK(row[0] == pid);
    }

    const auto links_lines = lines_of(links.output());
    REQUIRE(links_lines.size() == 2);
    CHECK(fields_of(links_lines[0]) == Words{"CLIENT", "CCOMM", "SERVER", "PORT", "SCOMM", "OPEN",
                                             "CONNS", "FAILED", "TX", "RX"});
    CHECK(fields_of(links_lines[1]) == Words{"127.0.0.1", "tt-client", "127.0.0.1", "80",
                                             "tt-server", "0", "1", "0", "1024", "3072"});
}

TEST_CASE("CSV has the JSON keys as its header, once", "[any-backend]") {
    stop_shared_tracer();
    World world;
    Process life({.argv = world.watch({"life", "-s", "--open"})});
    Process top({.argv = world.watch({"top", "0.1", "-s", "--all"})});
    Process links({.argv = world.watch({"links", "0.1", "-s"})});
    for (Process *process : {&life, &top, &links})
        wait_for_banner(*process);
    world.open();
    for (Process *process : {&top, &links})
        CHECK(eventually([&] { return lines_of(process->output()).size() >= 4; }));
    const std::string birth = "event,time,time_us,id,role,pid,comm,uid,family,laddr,lport,raddr,"
                              "rport,netns,cgroup,existing,inferred";
    const std::string outcome = ",tx_bytes,rx_bytes,duration_us,connect_us,accept_wait_us,srtt_us,"
                                "retransmits,end,error";
    const auto check = [](Process &process, const std::string &header, const std::string &kind) {
        process.signal(SIGINT);
        CHECK(process.wait() == 0);
        const auto lines = lines_of(process.output());
        REQUIRE(lines.size() >= 2);
        CHECK(lines[0].starts_with(header));
        const std::size_t columns = fields_of(lines[0] + ',', ',').size();
        for (std::size_t i = 1; i < lines.size(); ++i) {
            INFO(lines[i]);
            CHECK(lines[i].starts_with(kind + ','));
            CHECK(fields_of(lines[i] + ',', ',').size() == columns);
        }
    };
    check(life, birth + outcome, "open");
    check(top, birth + outcome + ",state,interval_tx_bytes,interval_rx_bytes", "sample");
    check(links,
          "event,time,time_us,client,client_comm,server,server_port,server_comm,netns,open,"
          "connections,failed,tx_bytes,rx_bytes",
          "link");
}
