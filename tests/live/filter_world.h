// A few connections of every kind that filters tell apart, all in a namespace of their own, so
// that ports and addresses are known beforehand.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "actor.h"
#include "namespaces.h"
#include "skip.h"
#include "tracer.h"

namespace live {

// Ends of connections, as "web client".
using Labels = std::set<std::string>;

//     name    client    uid    from               to
//     web     tt-alpha  0      127.0.0.1 40001    127.0.0.1 8001
//     db      tt-beta   12345  127.0.0.2 40002    127.0.0.3 8002
//     six     tt-gamma  0      ::1 40003          ::1 8003
//     mapped  tt-delta  0      127.0.0.1 40004    127.0.0.1 8004, by IPv6 sockets
//
// The server is always tt-server, with uid 0.
class FilterWorld {
  public:
    static const Labels everything;

    // Opens, uses and closes each of the connections.
    void make_connections() const;

    // Waits until the tracer has told the close of these, if it ever does.
    void wait_for_closes(Tracer &tracer, const Labels &expected) const;
    // The ends of which both events, the first and the close, were told.
    Labels shown_by(Tracer &tracer) const;
    std::vector<Event> events_in(Tracer &tracer) const;
    const NetNamespace &netns() const { return netns_; }

  private:
    bool has_closed(Tracer &tracer, const Labels &expected) const;

    struct Connection {
        std::string name;
        std::string client;
        uid_t uid;
        Endpoint from;
        Endpoint to;
    };
    static const std::vector<Connection> connections;
    static std::string label(const Event &event);

    NetNamespace netns_;
};

// A filter and the ends of the connections above that it shows.
struct FilterRow {
    Words arguments;
    Labels shown;
};

// Checks that each filter shows these and no others.
void check_filters(const std::vector<FilterRow> &rows);

} // namespace live
