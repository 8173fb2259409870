// How single values are written: numbers, addresses, times, names. Pure: no locale, no state.
//
// A put function writes at `at`, where the caller has made room for the most it writes, and returns
// where it ended, like std::to_chars. It puts no NUL.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "flow/event.h"

namespace tcptrail {

// A decimal number with a fixed count of decimals (at most 6): {532, 2} is 5.32.
struct Fixed {
    std::int64_t value = 0; // scaled by 10^decimals
    unsigned decimals = 2;

    bool operator==(const Fixed &) const = default;
};

// The most that one number, address or time needs.
constexpr std::size_t value_room = 48;

// The most that text of `size` bytes needs, escaped and quoted in whatever way.
constexpr std::size_t text_room(std::size_t size) {
    return 6 * size + 3;
}

[[nodiscard]] inline char *put(char *at, std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

[[nodiscard]] inline char *put(char *at, char byte) {
    *at = byte;
    return at + 1;
}

// "00" to "99".
inline constexpr std::array<char, 200> digit_pairs = [] {
    std::array<char, 200> pairs{};
    for (unsigned i = 0; i < pairs.size(); ++i)
        pairs[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
    return pairs;
}();

// `value` in two digits, 0 to 99.
inline char *put_two_digits(char *at, unsigned value) {
    std::memcpy(at, &digit_pairs[std::size_t{2} * value], 2);
    return at + 2;
}

// Writes so many blanks, and maybe some bytes past them: a fixed size needs no call.
[[nodiscard]] inline char *put_blanks(char *at, std::size_t count) {
    constexpr std::string_view blanks = "                ";
    for (std::size_t done = 0; done < count; done += blanks.size())
        std::memcpy(at + done, blanks.data(), blanks.size());
    return at + count;
}

// Right-aligned in so many characters; what takes more is not cut.
[[nodiscard]] char *put_number_right(char *at, std::uint64_t value, std::size_t width);
// put_fixed_right() of any sign and any count of decimals.
[[nodiscard]] char *put_scaled_right(char *at, Fixed value, std::size_t width);
[[nodiscard]] inline char *put_fixed_right(char *at, Fixed value, std::size_t width) {
    if (value.decimals != 2 || value.value < 0) // hardly ever
        return put_scaled_right(at, value, width);
    constexpr std::size_t behind = 3;
    const auto hundredths = static_cast<std::uint64_t>(value.value);
    at = put_number_right(at, hundredths / 100, std::max(width, behind) - behind);
    *at = '.';
    return put_two_digits(at + 1, static_cast<unsigned>(hundredths % 100));
}

[[nodiscard]] inline char *put_number(char *at, std::uint64_t value) {
    return put_number_right(at, value, 0);
}
[[nodiscard]] inline char *put_fixed(char *at, Fixed value) {
    return put_fixed_right(at, value, 0);
}

// A count of bytes in at most five characters: 999, 1.2K, 12K, 1.0M; units of 1024, as ls -h.
[[nodiscard]] char *put_human(char *at, std::uint64_t bytes);

// Canonical IPv6 (RFC 5952); a mapped address as a.b.c.d.
[[nodiscard]] char *put_address(char *at, const Address &address);

// RFC 3339 in UTC with microseconds: 2026-11-20T08:46:36.123456Z.
[[nodiscard]] char *put_utc(char *at, WallTime time);

// Text from outside as one token: what is blank, control, invisible, a backslash, no UTF-8 or a
// leading '#' becomes an octal escape per byte as in /proc/mounts (`\040`). Empty text is `-`, so a
// lone `-` is escaped too.
[[nodiscard]] char *put_token(char *at, std::string_view text);

// Text for a human's terminal: blanks, backslashes and '#' as they are, the rest as in a token.
[[nodiscard]] char *put_printable(char *at, std::string_view text);

// Text with its quotes as a JSON string in UTF-8: bytes that are not UTF-8 as U+FFFD (one for each
// longest broken sequence, as Unicode recommends), what does not show as \u escapes.
[[nodiscard]] char *put_json_string(char *at, std::string_view text);

// Text from outside as a field of RFC 4180, never with a line end in it. One that a spreadsheet
// would compute (= + - @ begin it, or follow its first blanks) gets a leading single quote. Bytes
// that are not UTF-8 and what does not show, but for blanks, are U+FFFD.
[[nodiscard]] char *put_csv_text(char *at, std::string_view text);

// What a put function writes into so much room.
template <typename Put> [[nodiscard]] std::string text_of(std::size_t room, Put put_value) {
    std::string text(room, '\0');
    text.resize(static_cast<std::size_t>(put_value(text.data()) - text.data()));
    return text;
}

// As put_human() writes it.
[[nodiscard]] inline std::string human_text(std::uint64_t bytes) {
    return text_of(value_room, [bytes](char *at) { return put_human(at, bytes); });
}

[[nodiscard]] std::string_view event_name(EventKind kind); // connect
[[nodiscard]] std::string_view role_name(Role role);       // client
[[nodiscard]] std::string_view end_name(End end);          // local-reset
[[nodiscard]] std::string_view state_name(TcpState state); // ESTABLISHED
[[nodiscard]] std::string_view errno_name(int error);      // ECONNREFUSED; "unknown" if it has none

// Characters on the screen, about: the code points of valid UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text);

} // namespace tcptrail
