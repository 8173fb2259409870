#include "link.h"

#include <ostream>

#include "event.h"
#include "json_fields.h"

namespace live {

namespace {

template <typename Value>
std::ostream &put(std::ostream &out, const char *name, const std::optional<Value> &value) {
    out << name << ' ';
    return value ? out << *value : out << '-';
}

} // namespace

std::ostream &operator<<(std::ostream &out, const Link &link) {
    put(out, "client", link.client);
    put(out, "", link.client_comm);
    put(out, " server", link.server);
    put(out, "", link.server_port);
    put(out, "", link.server_comm);
    put(out, " netns", link.netns);
    return out << " open " << link.open << " connections " << link.connections << " failed "
               << link.failed << " tx " << link.tx_bytes << " rx " << link.rx_bytes;
}

Link read_link(const Json &object) {
    check_keys(object,
               {"event", "time", "time_us", "client", "client_comm", "server", "server_port",
                "server_comm", "netns", "open", "connections", "failed", "tx_bytes", "rx_bytes"});
    Link link;
    link.client = nullable<std::string>(object["client"]);
    link.client_comm = nullable<std::string>(object["client_comm"]);
    link.server = nullable<std::string>(object["server"]);
    link.server_port = nullable<int>(object["server_port"]);
    link.server_comm = nullable<std::string>(object["server_comm"]);
    link.netns = nullable<std::int64_t>(object["netns"]);
    link.open = integer(object["open"]);
    link.connections = integer(object["connections"]);
    link.failed = integer(object["failed"]);
    link.tx_bytes = integer(object["tx_bytes"]);
    link.rx_bytes = integer(object["rx_bytes"]);
    return link;
}

std::vector<Table> tables(const std::vector<Event> &events) {
    std::vector<Table> all;
    std::int64_t time_us = 0; // which all rows of a table share
    for (const Event &event : events) {
        if (!event.link)
            continue;
        if (all.empty() || event.time_us != time_us)
            all.emplace_back();
        all.back().push_back(*event.link);
        time_us = event.time_us;
    }
    return all;
}

Table last_table(const std::vector<Event> &events) {
    const auto all = tables(events);
    return all.empty() ? Table() : all.back();
}

Link sum(const Table &table) {
    Link all;
    for (const Link &link : table) {
        all.open += link.open;
        all.connections += link.connections;
        all.failed += link.failed;
        all.tx_bytes += link.tx_bytes;
        all.rx_bytes += link.rx_bytes;
    }
    return all;
}

} // namespace live
