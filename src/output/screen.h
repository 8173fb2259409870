// A terminal that a table is drawn on again and again, in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcptrail {

struct ScreenSize {
    std::size_t rows = 0;
    std::size_t columns = 0;
};

// None: `fd` is no terminal, or one that cannot be drawn on (TERM=dumb).
[[nodiscard]] std::optional<ScreenSize> screen_size(int fd);

// Appends what draws these lines over what is there, and clears the rest. What is longer than a
// line of the screen is cut there. The terminal is left as it was found, whatever comes after.
void append_frame(std::string &out, std::string_view lines);

enum class Paint : std::uint8_t {
    heading, // which of several it is
    alarm,
};

// False: the user wants none (NO_COLOR).
[[nodiscard]] bool wants_paint();

// Makes a word of the last line of `out` stand out: its number `index`, counted from 0.
void paint_word(std::string &out, std::size_t index, Paint paint);

} // namespace tcptrail
