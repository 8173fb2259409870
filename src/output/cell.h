// One value of a row, not yet written: what the columns hand to table, JSON and CSV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "flow/event.h"
#include "output/text.h"

namespace tcptrail {

struct Word { // a word of ours: ASCII, nothing in it to escape, at most value_room bytes
    std::string_view text;
};

struct Name { // text from outside, any bytes
    Comm text;
};

struct Text { // likewise, longer: at most unit_limit bytes, kept by the row
    std::string_view text;
};

struct Port { // a number, or with --names what it is called
    std::uint16_t number = 0;
};

struct Elapsed { // told in seconds since the start of the run
    WallTime time;
};

struct Bytes { // a count of bytes, as such or, in a table and its like, in units of 1024
    std::uint64_t count = 0;
    bool in_kib = false;
};

// A list of words of ours; static storage, all together at most value_room bytes.
using Words = std::span<const Word>;

// std::monostate: the fact is absent (null in JSON, `-` in a table, nothing in CSV).
// WallTime: RFC 3339, in a table the local clock.
using Cell = std::variant<std::monostate, std::uint64_t, Fixed, bool, Word, Name, Text, Words,
                          Address, Port, WallTime, Elapsed, Bytes>;

[[nodiscard]] inline Cell cell_of(const Cell &cell) {
    return cell;
}
template <typename Value> [[nodiscard]] Cell cell_of(const std::optional<Value> &value) {
    return value ? Cell(*value) : Cell();
}

// What a cell holds of a number of 32 bits.
[[nodiscard]] inline std::optional<std::uint64_t> number(std::optional<std::uint32_t> value) {
    return value;
}

// The same in units of 1024, with two decimals.
[[nodiscard]] inline Fixed kibibytes(std::uint64_t bytes) {
    const std::uint64_t rest = bytes % 1024;
    return {static_cast<std::int64_t>(bytes / 1024 * 100 + (rest * 100 + 512) / 1024), 2};
}

// Whether a row with `a` comes before one with `b` in a sorted table: numbers from the largest,
// text and addresses from the first in their order, absent facts last.
[[nodiscard]] bool sorts_before(const Cell &a, const Cell &b);

// The most bytes that a cell takes in any format, its key or padding, quotes and separator with it.
inline constexpr std::size_t cell_room = 48 + text_room(unit_limit);

} // namespace tcptrail
