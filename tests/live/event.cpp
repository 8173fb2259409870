#include "event.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>
#include <stdexcept>

#include "process.h"

namespace live {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array birth_keys = {"event", "time",  "time_us", "id",       "role",    "pid",
                                   "comm",  "uid",   "family",  "laddr",    "lport",   "raddr",
                                   "rport", "netns", "cgroup",  "existing", "inferred"};
constexpr std::array accept_keys = {"accept_wait_us"};
constexpr std::array close_keys = {"tx_bytes",       "rx_bytes", "duration_us", "connect_us",
                                   "accept_wait_us", "srtt_us",  "retransmits", "end",
                                   "error"};

void require(bool good, const char *what) {
    if (!good)
        throw std::runtime_error(what);
}

void check_keys(const Json &object, const std::string &kind) {
    std::vector<std::string> wanted(birth_keys.begin(), birth_keys.end());
    if (kind == "accept")
        wanted.insert(wanted.end(), accept_keys.begin(), accept_keys.end());
    else if (kind == "close")
        wanted.insert(wanted.end(), close_keys.begin(), close_keys.end());
    else
        require(kind == "connect", "unknown kind of event");
    std::vector<std::string> found;
    for (const auto &[key, value] : object.items())
        found.push_back(key);
    require(found == wanted, "not the documented keys in the documented order");
}

std::int64_t integer(const Json &value) {
    require(value.is_number_integer(), "not an integer");
    return value.get<std::int64_t>();
}

template <typename Value> std::optional<Value> nullable(const Json &value) {
    if (value.is_null())
        return std::nullopt;
    if constexpr (std::is_same_v<Value, std::string>)
        return value.get<std::string>();
    else
        return static_cast<Value>(integer(value));
}

// 2026-11-20T08:46:36.123456Z as microseconds since the epoch.
std::int64_t microseconds(const std::string &time) {
    std::tm parts{};
    const char *rest = strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S.", &parts);
    require(time.size() == 27 && rest == time.c_str() + 20 && time[26] == 'Z',
            "not a time in UTC with microseconds");
    return timegm(&parts) * std::int64_t{1'000'000} + std::stoll(time.substr(20, 6));
}

void read_birth(const Json &object, Event &event) {
    event.time_us = integer(object["time_us"]);
    require(event.time_us == microseconds(object["time"]), "time and time_us differ");
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
}

Event read_object(const Json &object) {
    Event event;
    event.kind = object.at("event").get<std::string>();
    if (event.kind == "lost") {
        event.lost = integer(object.at("count"));
        require(object.at("cause").is_string(), "no cause");
        return event;
    }
    check_keys(object, event.kind);
    read_birth(object, event);
    if (event.kind != "connect")
        event.accept_wait_us = nullable<std::int64_t>(object["accept_wait_us"]);
    if (event.kind == "close")
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
