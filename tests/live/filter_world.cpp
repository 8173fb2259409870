#include "filter_world.h"

#include <algorithm>
#include <map>
#include <span>

#include "catch.h"

namespace live {

const std::vector<FilterWorld::Connection> FilterWorld::connections = {
    {"web", "tt-alpha", 0, Endpoint("127.0.0.1", 40001), Endpoint("127.0.0.1", 8001)},
    {"db", "tt-beta", 12345, Endpoint("127.0.0.2", 40002), Endpoint("127.0.0.3", 8002)},
    {"six", "tt-gamma", 0, Endpoint("::1", 40003), Endpoint("::1", 8003)},
    {"mapped", "tt-delta", 0, Endpoint("::ffff:127.0.0.1", 40004),
     Endpoint("::ffff:127.0.0.1", 8004)},
};

const Labels FilterWorld::everything = {"web client",    "web server",   "db client",
                                        "db server",     "six client",   "six server",
                                        "mapped client", "mapped server"};

void FilterWorld::make_connections() const {
    Actor server("tt-server", {.netns = &netns_});
    for (const Connection &connection : connections) {
        Actor client(connection.client, {.netns = &netns_, .uid = connection.uid});
        const Socket listener = server.listen(connection.to);
        const Socket from = client.connect(listener, {.from = connection.from});
        const Socket at = server.accept(listener);
        client.send(from, 1);
        server.receive(at, 1);
        client.close(from);
        server.receive_end(at);
        server.close(at);
        server.close(listener);
    }
}

std::string FilterWorld::label(const Event &event) {
    for (const Connection &connection : connections)
        if (event.has_port(connection.to.port))
            return connection.name + ' ' + event.role;
    return event.line;
}

std::vector<Event> FilterWorld::events_in(Tracer &tracer) const {
    const std::int64_t inode = netns_.inode();
    return tracer.select([&](const Event &event) { return event.netns == inode; });
}

bool FilterWorld::has_closed(Tracer &tracer, const Labels &expected) const {
    Labels closed;
    for (const Event &event : events_in(tracer))
        if (event.is("close"))
            closed.insert(label(event));
    return std::includes(closed.begin(), closed.end(), expected.begin(), expected.end());
}

void FilterWorld::wait_for_closes(Tracer &tracer, const Labels &expected) const {
    eventually([&] { return has_closed(tracer, expected); });
}

Labels FilterWorld::shown_by(Tracer &tracer) const {
    std::map<std::string, Kinds> ends;
    for (const Event &event : events_in(tracer))
        ends[label(event)].push_back(event.kind);
    Labels shown;
    for (const auto &[end, told] : ends) {
        const bool whole = told == Kinds{"connect", "close"} || told == Kinds{"accept", "close"};
        shown.insert(whole ? end : "a part of " + end);
    }
    return shown;
}

namespace {

void check_together(std::span<const FilterRow> rows) {
    std::vector<Words> arguments;
    for (const FilterRow &row : rows) {
        arguments.push_back(row.arguments);
        // Small tables, for several at once in a small virtual machine.
        arguments.back().insert(arguments.back().end(), {"--max-connections", "1024"});
    }
    FilterWorld world;
    const auto tracers = Tracer::several(arguments);
    world.make_connections();
    for (std::size_t i = 0; i < rows.size(); ++i)
        world.wait_for_closes(*tracers[i], rows[i].shown);
    for (const auto &tracer : tracers)
        tracer->interrupt();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(rows[i].arguments);
        CHECK(tracers[i]->stop() == 0);
        CHECK(world.shown_by(*tracers[i]) == rows[i].shown);
    }
}

} // namespace

void check_filters(const std::vector<FilterRow> &rows) {
    constexpr std::size_t at_once = 9;
    for (std::size_t first = 0; first < rows.size(); first += at_once)
        check_together(std::span(rows).subspan(first, std::min(at_once, rows.size() - first)));
}

} // namespace live
