// Reading UTF-8 that nobody vouches for, and which of its characters a terminal must not get.
#pragma once

#include <cstddef>
#include <string_view>

namespace tcptrail {

struct Utf8Step {
    char32_t code = 0;      // meaningful only if valid
    std::size_t length = 1; // bytes to go on by; of broken text the longest broken sequence
    bool valid = false;
};

// The first character of `text`, which is not empty. No overlong forms, no surrogates.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text);

// C0, DEL and C1.
[[nodiscard]] bool is_control(char32_t code);

// Controls, blanks and line ends of all kinds, and format characters that hide or reorder text.
[[nodiscard]] bool is_invisible(char32_t code);

} // namespace tcptrail
