// The view `links` as values: its rows, and the tables that they make.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace live {

struct Event;

struct Link {
    std::optional<std::string> client;
    std::optional<std::string> client_comm;
    std::optional<std::string> server;
    std::optional<int> server_port;
    std::optional<std::string> server_comm;
    std::optional<std::int64_t> netns;
    std::int64_t open = 0;
    std::int64_t connections = 0;
    std::int64_t failed = 0;
    std::int64_t tx_bytes = 0;
    std::int64_t rx_bytes = 0;

    bool operator==(const Link &) const = default;
};
std::ostream &operator<<(std::ostream &out, const Link &link);

// Rows as they were printed: largest first.
using Table = std::vector<Link>;

// Throws std::runtime_error for an object that is not as documented; `time_us` is not looked at.
Link read_link(const nlohmann::ordered_json &object);

// What was told of links, table by table.
std::vector<Table> tables(const std::vector<Event> &events);
// The last of them; empty if nothing was told.
Table last_table(const std::vector<Event> &events);

// All rows as one, without its names and addresses.
Link sum(const Table &table);

} // namespace live
