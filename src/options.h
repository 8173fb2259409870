// What the user asked for: argv as one plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flow/event.h"

namespace tcptrail {

// A value of a filter list; `exclude` is a leading ^ (or !).
template <typename T> struct Rule {
    T value;
    bool exclude = false;
};

struct PortRange {
    std::uint16_t low = 0;
    std::uint16_t high = 0; // inclusive
};

// `::/0` is all of IPv6 and not IPv4: a prefix under 96 matches connections of family 6 only.
struct Network {
    Address address{};       // IPv4 in its mapped form; bits past the prefix are 0
    std::uint8_t prefix = 0; // 0 to 128; 96 more than written for IPv4
};

// Decided when an event is emitted, sticky for the connection.
struct OwnerFilter {
    std::vector<Rule<std::uint32_t>> pids;
    std::vector<Rule<std::string>> comms; // globs (fnmatch), matched against the raw bytes
    std::vector<Rule<std::uint32_t>> uids;
};

// Facts of birth: decided in the kernel.
struct BirthFilter {
    std::vector<Rule<PortRange>> ports; // local or remote
    std::vector<Rule<PortRange>> lports;
    std::vector<Rule<PortRange>> rports;
    std::vector<Rule<Network>> raddrs;
    std::vector<Rule<Network>> laddrs;
    std::optional<Family> family;
    std::optional<Role> role;
    std::optional<std::uint32_t> netns; // inode number
};

enum class Backend : std::uint8_t { automatic, fentry, kprobe, tracepoint };

// A dot is a graph in the language of graphviz, of links only.
enum class Format : std::uint8_t { table, json, csv, dot };

enum class TimeColumn : std::uint8_t { none, clock, since_start };

struct OutputOptions {
    Format format = Format::table;
    TimeColumn time = TimeColumn::none;
    bool wide = false;
    bool header = true;
    bool human = false;               // bytes as 1.2M, in a table
    bool names = false;               // of addresses and ports, in a table or a picture
    std::vector<std::string> columns; // -o NAME,...: exactly these keys; empty: the view's own
    std::vector<std::string> added;   // -o +NAME,...
    std::optional<std::string> file;  // --output
};

// How a view whose rows are printed again and again arranges them.
struct RowOptions {
    std::optional<std::chrono::milliseconds> interval; // between two tables
    std::optional<std::uint64_t> count;                // of tables, then it ends
    std::optional<std::string> sort;                   // a column's key
    std::optional<std::uint64_t> limit;                // rows of a table
    bool clear = true;                                 // redraw in place on a terminal
    bool idle = false;                                 // connections that moved nothing, too
    std::uint32_t max_links = 65536;
};

// What a view needs of the stages before it, beside closes.
struct Needs {
    bool openings = false; // connects and accepts
    bool open = false;     // what is open: at each interval and at the end
    // Both ends of a connection together: filters on owners, local and remote ports and roles are
    // for the view to apply, and sums stay exact when events are lost.
    bool both_ends = false;
};

struct Command {
    std::vector<std::string> argv;   // not empty
    std::optional<std::string> user; // --user
};

struct Options {
    std::string view = "trace";
    Needs needs;
    OwnerFilter owners;
    BirthFilter birth;
    std::optional<std::string> cgroup_path;
    bool connect = true, accept = true, close = true; // -e
    bool existing = true;                             // --no-existing clears it
    bool failed_only = false;                         // never established, or ended by an error
    std::optional<std::chrono::microseconds> slower;  // only clients whose handshake took as long
    bool open = false;                                // at the end, what is open still
    RowOptions rows;
    std::optional<std::string> record; // file to save events to
    std::optional<std::string> replay; // file to read them from, instead of the kernel
    OutputOptions output;
    std::optional<std::chrono::milliseconds> duration;
    Backend backend = Backend::automatic;
    std::uint32_t max_connections = 131072;
    std::uint32_t buffer_bytes = 2U << 20; // a power of two and a multiple of the page size
    bool quiet = false;
    bool verbose = false;
    bool info = false;
    std::optional<Command> command;
    std::vector<std::string> notes; // lines for stderr before the start: a COMM cut to 15 bytes
};

// A finished answer: text to print, and the exit status.
struct Answer {
    int status = 0;   // 0: `text` is --help or --version, as it goes to stdout
    std::string text; // otherwise what is wrong and what to do: one line for Diag::problem
};

// Reads the command line; never prints, never exits, never throws.
[[nodiscard]] std::variant<Options, Answer> parse_options(int argc, const char *const *argv);

} // namespace tcptrail
