// What the user asked for: argv as one plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
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

enum class Format : std::uint8_t { table, json, csv };

enum class TimeColumn : std::uint8_t { none, clock, since_start };

struct OutputOptions {
    Format format = Format::table;
    TimeColumn time = TimeColumn::none;
    bool wide = false;
    bool header = true;
    std::vector<std::string> columns; // -o NAME,...: exactly these keys; empty: the view's own
    std::vector<std::string> added;   // -o +NAME,...
    std::optional<std::string> file;  // --output
};

struct Command {
    std::vector<std::string> argv;   // not empty
    std::optional<std::string> user; // --user
};

struct Options {
    std::string view = "trace";
    OwnerFilter owners;
    BirthFilter birth;
    std::optional<std::string> cgroup_path;
    bool connect = true, accept = true, close = true; // -e
    bool existing = true;                             // --no-existing clears it
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

// Reads the command line; never prints, never exits, never throws. `column_keys` are the names that
// --columns takes; with none, any name passes.
[[nodiscard]] std::variant<Options, Answer>
parse_options(int argc, const char *const *argv, std::span<const std::string_view> column_keys);

} // namespace tcptrail
