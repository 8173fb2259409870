#include "event.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <span>
#include <stdexcept>

#include "json_fields.h"
#include "process.h"

namespace live {

namespace {

constexpr std::array birth_keys = {"event", "time",  "time_us", "id",       "role",    "pid",
                                   "comm",  "uid",   "family",  "laddr",    "lport",   "raddr",
                                   "rport", "netns", "cgroup",  "existing", "inferred"};
constexpr std::array accept_keys = {"accept_wait_us"};
constexpr std::array close_keys = {"tx_bytes",       "rx_bytes", "duration_us", "connect_us",
                                   "accept_wait_us", "srtt_us",  "retransmits", "end",
                                   "error"};
constexpr std::array open_keys = {"state"};
constexpr std::array sample_keys = {"interval_tx_bytes", "interval_rx_bytes"};

const std::set<std::string> kinds_of_events = {"connect", "accept", "close", "open", "sample"};

void check_event_keys(const Json &object, const std::string &kind) {
    std::vector<std::string> wanted(birth_keys.begin(), birth_keys.end());
    const auto add = [&](std::span<const char *const> keys) {
        wanted.insert(wanted.end(), keys.begin(), keys.end());
    };
    require(kinds_of_events.contains(kind), "unknown kind of event");
    if (kind == "accept")
        add(accept_keys);
    else if (kind != "connect")
        add(close_keys);
    if (kind == "open" || kind == "sample")
        add(open_keys);
    if (kind == "sample")
        add(sample_keys);
    check_keys(object, wanted);
}

void read_birth(const Json &object, Event &event) {
    event.time_us = read_time_us(object);
    event.id = integer(object["id"]);
    event.role = object["role"].get<std::string>();
    require(event.role == "client" || event.role == "server", "not a role");
    event.owner = {nullable<std::int64_t>(object["pid"]), nullable<std::string>(object["comm"]),
                   nullable<std::int64_t>(object["uid"])};
    event.family = static_cast<int>(integer(object["family"]));
    require(event.family == 4 || event.family == 6, "not a family");
    event.laddr = nullable<std::string>(object["laddr"]);
    event.lport = nullable<int>(object["lport"]);
    event.raddr = object["raddr"].get<std::string>();
    event.rport = static_cast<int>(integer(object["rport"]));
    event.netns = integer(object["netns"]);
    event.cgroup = nullable<std::int64_t>(object["cgroup"]);
    event.existing = object["existing"].get<bool>();
    event.inferred = object["inferred"].get<std::vector<std::string>>();
}

void read_outcome(const Json &object, Event &event) {
    event.tx_bytes = integer(object["tx_bytes"]);
    event.rx_bytes = integer(object["rx_bytes"]);
    event.duration_us = nullable<std::int64_t>(object["duration_us"]);
    event.connect_us = nullable<std::int64_t>(object["connect_us"]);
    event.srtt_us = nullable<std::int64_t>(object["srtt_us"]);
    event.retransmits = integer(object["retransmits"]);
    event.end = object["end"].get<std::string>();
    event.error = nullable<std::string>(object["error"]);
    if (object.contains("state"))
        event.state = object["state"].get<std::string>();
    if (object.contains("interval_tx_bytes")) {
        event.interval_tx_bytes = integer(object["interval_tx_bytes"]);
        event.interval_rx_bytes = integer(object["interval_rx_bytes"]);
    }
}

Event read_object(const Json &object) {
    Event event;
    event.kind = object.at("event").get<std::string>();
    if (event.kind == "lost") {
        event.lost = integer(object.at("count"));
        require(object.at("cause").is_string(), "no cause");
        return event;
    }
    if (event.kind == "link") {
        event.link = read_link(object);
        event.time_us = read_time_us(object);
        return event;
    }
    check_event_keys(object, event.kind);
    read_birth(object, event);
    if (event.kind != "connect")
        event.accept_wait_us = nullable<std::int64_t>(object["accept_wait_us"]);
    if (event.kind != "connect" && event.kind != "accept")
        read_outcome(object, event);
    return event;
}

} // namespace

std::ostream &operator<<(std::ostream &out, const Owner &owner) {
    if (!owner.pid && !owner.comm)
        return out << "nobody";
    return out << owner.comm.value_or("?") << " (pid " << owner.pid.value_or(-1) << ", uid "
               << owner.uid.value_or(-1) << ')';
}

bool Event::tells_of(const Socket &socket) const {
    return lport == socket.local.port && rport == socket.remote.port &&
           laddr == socket.local.address() && raddr == socket.remote.address();
}

bool Event::inferred_role() const {
    return std::find(inferred.begin(), inferred.end(), "role") != inferred.end();
}

std::vector<std::string> kinds(const std::vector<Event> &events) {
    std::vector<std::string> result;
    result.reserve(events.size());
    for (const Event &event : events)
        result.push_back(event.kind);
    return result;
}

Event read_event(const std::string &line) {
    try {
        Event event = read_object(Json::parse(line));
        event.line = line;
        return event;
    } catch (const std::exception &failure) {
        throw std::runtime_error(std::string(failure.what()) + ": " + line);
    }
}

std::vector<Event> read_events(const std::string &lines) {
    std::vector<Event> events;
    for (const std::string &line : lines_of(lines))
        events.push_back(read_event(line));
    return events;
}

} // namespace live
