// What the keys mean while a table is drawn in place.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tcptrail {

enum class Key : std::uint8_t {
    quit,
    next_sort,
    reverse,
    help,
    redraw, // no key: the window has another size, or the terminal is ours again
};

// The keys in what a terminal sent. Others mean nothing, nor do the letters in what arrows and
// function keys send.
[[nodiscard]] std::vector<Key> keys_of(std::string_view bytes);

} // namespace tcptrail
