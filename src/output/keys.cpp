#include "output/keys.h"

#include <algorithm>
#include <optional>

namespace tcptrail {
namespace {

constexpr char escape = '\x1b';

std::optional<Key> key_of(char byte) {
    switch (byte) {
    case 'q':
        return Key::quit;
    case 's':
        return Key::next_sort;
    case 'r':
        return Key::reverse;
    case '?':
        return Key::help;
    default:
        return std::nullopt;
    }
}

bool ends_control_sequence(char byte) {
    return byte >= '@' && byte <= '~';
}

// How much of `bytes`, behind an escape, is its sequence: ESC [ ... letter, ESC O letter (both of
// keys with a name), ESC letter (with Alt). Two escapes are two keys.
std::size_t sequence_length(std::string_view bytes) {
    if (bytes.empty() || bytes.front() == escape)
        return 0;
    if (bytes.front() == 'O')
        return std::min<std::size_t>(2, bytes.size());
    if (bytes.front() != '[')
        return 1;
    const auto *const end = std::find_if(bytes.begin() + 1, bytes.end(), ends_control_sequence);
    return static_cast<std::size_t>(end - bytes.begin()) + (end == bytes.end() ? 0 : 1);
}

} // namespace

std::vector<Key> keys_of(std::string_view bytes) {
    std::vector<Key> keys;
    while (!bytes.empty()) {
        const char byte = bytes.front();
        bytes.remove_prefix(1);
        if (byte == escape)
            bytes.remove_prefix(sequence_length(bytes));
        else if (const auto key = key_of(byte))
            keys.push_back(*key);
    }
    return keys;
}

} // namespace tcptrail
