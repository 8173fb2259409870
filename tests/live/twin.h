// A network namespace with one loopback connection, whose addresses and ports are the same in all
// of these.
#pragma once

#include "actor.h"
#include "namespaces.h"
#include "tracer.h"

namespace live {

// A connection within the namespace, of a client at port 40001 to a listener at port 40002.
struct Twin {
    static constexpr std::uint16_t client_port = 40001;
    static constexpr std::uint16_t server_port = 40002;

    NetNamespace netns;
    Actor client{"tt-client", {.netns = &netns}};
    Actor server{"tt-server", {.netns = &netns}};
    Pair pair;

    Twin();

    Event event(Tracer &tracer, std::string_view kind, const Socket &socket) const;
    // What was told of this end until now.
    std::vector<Event> all_of(Tracer &tracer, const Socket &socket) const;
};

} // namespace live
