// The line above a table that is drawn in place: what all its rows come to.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "output/text.h"

namespace tcptrail {

// What is not known exactly is absent, and not shown.
struct Summary {
    std::optional<std::uint64_t> tx_bytes, rx_bytes; // a second
    std::optional<std::uint64_t> open;               // connections
    std::optional<Fixed> opened, closed;             // of them, a second
};

// How much a second; none where no time has passed.
[[nodiscard]] std::optional<Fixed> per_second(std::uint64_t count, std::chrono::nanoseconds time);
[[nodiscard]] std::optional<std::uint64_t> bytes_per_second(std::uint64_t bytes,
                                                            std::chrono::nanoseconds time);

// Without its end. `order` tells how the rows are sorted. Where a line of `room` characters is too
// narrow, `hint` is left out, and then one item after the other from the right.
[[nodiscard]] std::string summary_line(const Summary &summary, std::string_view order,
                                       std::string_view hint, std::size_t room);

// What the keys do and what the line tells, in at most so many lines of 40 characters.
void append_help(std::string &out, const Summary &summary, std::size_t lines);

} // namespace tcptrail
