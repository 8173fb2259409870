// Values of options, read from text. Pure but for the files that a value names; every problem is a
// clause that fits behind "--option: ".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.h"

namespace tcptrail {

struct Problem {
    std::string text; // what is wrong and what to do, one line
};

template <typename T> using Parsed = std::variant<T, Problem>;

// A name to match, and what was done to it.
struct CommGlob {
    std::string pattern; // for fnmatch, without flags
    bool is_cut = false; // to what can match the 15 bytes that a name has at most
};

// "a,^b" -> {a, false}, {b, true}; an empty value is a problem.
[[nodiscard]] Parsed<std::vector<Rule<std::string>>> split_list(std::string_view text);

// Decimal digits and nothing else; `what` names the value in the problem.
[[nodiscard]] Parsed<std::uint32_t> parse_number(std::string_view text, std::uint32_t low,
                                                 std::uint32_t high, std::string_view what);

[[nodiscard]] Parsed<std::uint32_t> parse_pid(std::string_view text);
[[nodiscard]] Parsed<PortRange> parse_ports(std::string_view text); // 80 or 8000-8080
[[nodiscard]] Parsed<Network> parse_network(std::string_view text); // a plain address is a network
[[nodiscard]] Parsed<CommGlob> parse_comm(std::string_view text);

// A number, or a name in `passwd`: read as a file, since a static binary has no name service.
[[nodiscard]] Parsed<std::uint32_t> parse_uid(std::string_view text,
                                              const char *passwd = "/etc/passwd");

// An inode number, or the path of a network namespace (/proc/PID/ns/net, /run/netns/NAME).
[[nodiscard]] Parsed<std::uint32_t> parse_netns(std::string_view text);

// 4096, 64K, 2M, 1G: bytes, as written.
[[nodiscard]] Parsed<std::uint64_t> parse_size(std::string_view text);

// A size of 1 byte to 1G as a ring buffer can have it: rounded up to a power of two, a page at
// least. `page` is a power of two.
[[nodiscard]] Parsed<std::uint32_t> parse_buffer(std::string_view text, std::uint32_t page);

// 10, 0.5; more digits than milliseconds are rounded up.
[[nodiscard]] Parsed<std::chrono::milliseconds> parse_seconds(std::string_view text);

// Milliseconds with a fraction or without.
[[nodiscard]] Parsed<std::chrono::microseconds> parse_millis(std::string_view text);

[[nodiscard]] Parsed<Role> parse_role(std::string_view text);
[[nodiscard]] Parsed<Backend> parse_backend(std::string_view text);
[[nodiscard]] Parsed<Format> parse_format(std::string_view text);
[[nodiscard]] Parsed<EventKind> parse_event(std::string_view text);

// The text in single quotes, a long one shortened. Control bytes are left to who prints it.
[[nodiscard]] std::string in_quotes(std::string_view text);

// The candidate that is one slip of the finger away; with 8 letters and more, two.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

} // namespace tcptrail
