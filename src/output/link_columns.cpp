#include <array>
#include <chrono>

#include "output/columns.h"

namespace tcptrail {
namespace {

using LinkColumn = RowColumn<LinkRow>;
using enum Align;

constexpr Kinds always = 1;

std::optional<Name> name(const std::optional<Comm> &comm) {
    return comm ? std::optional(Name{*comm}) : std::nullopt;
}

// As of events: the order of the JSON keys never changes.
constexpr std::array columns{
    LinkColumn{{"event", "EVENT", left, 5, 5, always, "link"},
               [](const LinkRow &) { return Word{"link"}; }},
    LinkColumn{{"time", "TIME", left, 12, 12, always,
                "time of the table: the local clock, in JSON and CSV RFC 3339 in UTC"},
               [](const LinkRow &row) { return row.time; }},
    LinkColumn{
        {"time_us", "TIME_US", right, 16, 16, always, "time of the table, microseconds since 1970"},
        [](const LinkRow &row) {
            const auto since = std::chrono::floor<std::chrono::microseconds>(row.time);
            return static_cast<std::uint64_t>(since.time_since_epoch().count());
        }},
    LinkColumn{
        {"client", "CLIENT", left, 15, 39, always,
         "address of the client; other: the links beyond --max-links", Named::host},
        [](const LinkRow &row) { return row.other ? Cell{Word{"other"}} : cell_of(row.client); }},
    LinkColumn{{"client_comm", "CCOMM", left, 12, 15, always, "name of the client's process"},
               [](const LinkRow &row) { return name(row.client_comm); }},
    LinkColumn{{"server", "SERVER", left, 15, 39, always, "address of the server", Named::host},
               [](const LinkRow &row) { return row.server; }},
    LinkColumn{{"server_port", "PORT", right, 5, 5, always, "port of the server", Named::service},
               [](const LinkRow &row) {
                   return row.server_port != 0 ? std::optional(Port{row.server_port})
                                               : std::nullopt;
               }},
    LinkColumn{{"server_comm", "SCOMM", left, 12, 15, always, "name of the server's process"},
               [](const LinkRow &row) { return name(row.server_comm); }},
    LinkColumn{{"netns", "NETNS", right, 10, 10, always,
                "inode number of the network namespace, of loopback and link-local addresses"},
               [](const LinkRow &row) { return number(row.netns); }},
    LinkColumn{{"open", "OPEN", right, 5, 5, always, "connections that are open"},
               [](const LinkRow &row) { return row.open; }},
    LinkColumn{{"connections", "CONNS", right, 7, 7, always, "connections since the start"},
               [](const LinkRow &row) { return row.connections; }},
    LinkColumn{{"failed", "FAILED", right, 6, 6, always, "connections never established"},
               [](const LinkRow &row) { return row.failed; }},
    LinkColumn{{"tx_bytes", "TX", right, 12, 12, always, "payload bytes from client to server"},
               [](const LinkRow &row) { return Bytes{row.tx_bytes}; }},
    LinkColumn{{"rx_bytes", "RX", right, 12, 12, always, "payload bytes from server to client"},
               [](const LinkRow &row) { return Bytes{row.rx_bytes}; }},
    LinkColumn{{"tx_kb", "TX_KB", right, 12, 12, 0, "tx_bytes / 1024"},
               [](const LinkRow &row) {
                   return Bytes{row.tx_bytes, true};
               }},
    LinkColumn{{"rx_kb", "RX_KB", right, 12, 12, 0, "rx_bytes / 1024"},
               [](const LinkRow &row) {
                   return Bytes{row.rx_bytes, true};
               }},
    LinkColumn{{"time_s", "TIME(s)", right, 9, 9, 0, "seconds since tcptrail started"},
               [](const LinkRow &row) { return Elapsed{row.time}; }},
};

} // namespace

template <> std::span<const LinkColumn> columns_of<LinkRow>() {
    return columns;
}

TableLayout links_layout(const Options & /*options*/) {
    static constexpr std::array<std::string_view, 10> keys{
        "client", "client_comm", "server", "server_port", "server_comm",
        "open",   "connections", "failed", "tx_bytes",    "rx_bytes"};
    static constexpr std::array<std::string_view, 1> wide_keys{"netns"};
    return {.keys = keys, .wide_keys = wide_keys};
}

} // namespace tcptrail
