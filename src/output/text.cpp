#include "output/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstring>

#include "output/utf8.h"

namespace tcptrail {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

char *put_octal(char *at, std::string_view bytes) {
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        *at++ = '\\';
        *at++ = static_cast<char>('0' + (value >> 6));
        *at++ = static_cast<char>('0' + ((value >> 3) & 7));
        *at++ = static_cast<char>('0' + (value & 7));
    }
    return at;
}

// The octal escapes that tables and messages share; `keep` are ASCII characters to leave alone.
char *put_escaped(char *at, std::string_view text, std::string_view keep) {
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        const std::string_view bytes = text.substr(0, step.length);
        const bool kept = step.length == 1 && keep.find(bytes.front()) != std::string_view::npos;
        const bool plain = step.valid && step.code != '\\' && !is_invisible(step.code);
        at = kept || plain ? put(at, bytes) : put_octal(at, bytes);
        text.remove_prefix(step.length);
    }
    return at;
}

char *put_json_escape(char *at, char32_t code) {
    switch (code) {
    case '\b':
        return put(at, "\\b");
    case '\t':
        return put(at, "\\t");
    case '\n':
        return put(at, "\\n");
    case '\f':
        return put(at, "\\f");
    case '\r':
        return put(at, "\\r");
    default:
        break;
    }
    at = put(at, "\\u");
    for (unsigned shift = 16; shift > 0; shift -= 4)
        *at++ = hex_digits[(code >> (shift - 4)) & 15];
    return at;
}

constexpr std::array<std::uint64_t, 20> powers_of_ten = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i)
        powers[i] = 10 * powers[i - 1];
    return powers;
}();

std::size_t digit_count(std::uint64_t value) {
    value |= 1; // 0 has a digit, too
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    const unsigned count = bits * 1233 >> 12; // by log10(2), or one less than it is
    return count + (value >= powers_of_ten[count] ? 1 : 0);
}

// The digits of `value`, the last of them before `end`.
void put_digits_before(char *end, std::uint64_t value) {
    for (; value > UINT32_MAX; value /= 100)
        put_two_digits(end -= 2, static_cast<unsigned>(value % 100));
    auto rest = static_cast<std::uint32_t>(value); // cheaper to divide
    for (; rest >= 100; rest /= 100)
        put_two_digits(end -= 2, rest % 100);
    if (rest >= 10)
        put_two_digits(end - 2, rest);
    else
        end[-1] = static_cast<char>('0' + rest);
}

// `value`, which has so many digits.
char *put_digits(char *at, std::uint64_t value, std::size_t count) {
    put_digits_before(at + count, value);
    return at + count;
}

// A byte in decimal with a dot behind it.
struct Part {
    std::array<char, 4> text{};
    std::uint8_t size = 0;
};

constexpr std::array<Part, 256> parts = [] {
    std::array<Part, 256> all{};
    for (unsigned byte = 0; byte < all.size(); ++byte) {
        Part &part = all[byte];
        for (unsigned scale = byte < 10 ? 1 : byte < 100 ? 10 : 100; scale > 0; scale /= 10)
            part.text[part.size++] = static_cast<char>('0' + byte / scale % 10);
        part.text[part.size++] = '.';
    }
    return all;
}();

char *put_ipv4(char *at, const std::uint8_t *bytes) {
    for (int i = 0; i < 4; ++i) {
        const Part &part = parts[bytes[i]];
        std::memcpy(at, part.text.data(), part.text.size());
        at += part.size;
    }
    return at - 1;
}

struct Run {
    std::size_t begin = 0;
    std::size_t length = 0;
};

// The groups that `::` stands for: the longest run of zeros, the first of equals, never one alone.
Run longest_zero_run(const std::array<unsigned, 8> &groups) {
    Run best;
    Run run;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) {
            run = {};
            continue;
        }
        if (run.length == 0)
            run.begin = i;
        ++run.length;
        if (run.length > best.length)
            best = run;
    }
    return best.length >= 2 ? best : Run{};
}

bool is_mapped(const Address &address) {
    constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(address.data(), prefix.data(), prefix.size()) == 0;
}

// Tokens are nearly always plain ASCII: this decides it cheaply.
bool is_plain_token(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) { return byte > ' ' && byte < '\x7f' && byte != '\\'; });
}

bool is_plain_json(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return byte >= ' ' && byte < '\x7f' && byte != '\\' && byte != '"';
    });
}

// A spreadsheet would take it for a formula: it looks past blanks, and knows the full width forms.
bool is_computed(std::string_view text) {
    constexpr std::u32string_view signs = U"=+-@\uff1d\uff0b\uff0d\uff20";
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty())
        return false;
    const Utf8Step step = decode_utf8(text);
    return step.valid && signs.find(step.code) != std::u32string_view::npos;
}

} // namespace

char *put_number_right(char *at, std::uint64_t value, std::size_t width) {
    width = std::max<std::size_t>(width, 1); // 0 has a digit, too
    if (width >= powers_of_ten.size() || value >= powers_of_ten[width]) {
        const std::size_t count = digit_count(value);
        if (count < width)
            at = put_blanks(at, width - count);
        return put_digits(at, value, count);
    }
    // It fits, so that nobody needs to know how many digits there are.
    char *const end = put_blanks(at, width - 1) + 1;
    put_digits_before(end, value);
    return end;
}

char *put_scaled_right(char *at, Fixed value, std::size_t width) {
    const std::uint64_t scale = powers_of_ten.at(value.decimals);
    const bool negative = value.value < 0;
    auto magnitude = static_cast<std::uint64_t>(value.value);
    if (negative)
        magnitude = 0 - magnitude;
    const std::uint64_t whole = magnitude / scale;
    const std::size_t count = digit_count(whole);
    const std::size_t size =
        count + (negative ? 1 : 0) + (value.decimals != 0 ? 1 : 0) + value.decimals;
    if (size < width)
        at = put_blanks(at, width - size);
    if (negative)
        *at++ = '-';
    at = put_digits(at, whole, count);
    if (value.decimals == 0)
        return at;
    *at++ = '.';
    auto rest = static_cast<std::uint32_t>(magnitude - whole * scale);
    for (unsigned i = value.decimals; i > 0; --i, rest /= 10)
        at[i - 1] = static_cast<char>('0' + rest % 10);
    return at + value.decimals;
}

char *put_human(char *at, std::uint64_t bytes) {
    if (bytes < 1024)
        return put_number(at, bytes);
    std::uint64_t unit = 1024;
    std::size_t power = 0;
    constexpr std::string_view letters = "KMGTPE";
    // From 1023.5 of a unit on it rounds to one of the next.
    while (power + 1 < letters.size() && bytes >= unit * 1024 - unit / 2) {
        unit *= 1024;
        ++power;
    }
    const std::uint64_t whole = bytes / unit;
    const std::uint64_t tenths = whole * 10 + (bytes % unit * 10 + unit / 2) / unit;
    if (tenths < 100)
        at = put_fixed(at, {static_cast<std::int64_t>(tenths), 1});
    else
        at = put_number(at, whole + (bytes % unit * 2 >= unit ? 1 : 0));
    return put(at, letters[power]);
}

char *put_address(char *at, const Address &address) {
    if (is_mapped(address))
        return put_ipv4(at, address.data() + 12);
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = static_cast<unsigned>(address[2 * i]) << 8 | address[2 * i + 1];
    const Run zeros = longest_zero_run(groups);
    bool separated = true; // by the :: or by being first
    for (std::size_t i = 0; i < groups.size();) {
        if (zeros.length > 0 && i == zeros.begin) {
            at = put(at, "::");
            separated = true;
            i += zeros.length;
            continue;
        }
        if (!separated)
            *at++ = ':';
        at = std::to_chars(at, at + 4, groups[i], 16).ptr;
        separated = false;
        ++i;
    }
    return at;
}

char *put_utc(char *at, WallTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<microseconds>(time - day)};
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

    at = put_two_digits(at, year / 100);
    at = put_two_digits(at, year % 100);
    *at++ = '-';
    at = put_two_digits(at, static_cast<unsigned>(date.month()));
    *at++ = '-';
    at = put_two_digits(at, static_cast<unsigned>(date.day()));
    *at++ = 'T';
    at = put_two_digits(at, static_cast<unsigned>(clock.hours().count()));
    *at++ = ':';
    at = put_two_digits(at, static_cast<unsigned>(clock.minutes().count()));
    *at++ = ':';
    at = put_two_digits(at, static_cast<unsigned>(clock.seconds().count()));
    *at++ = '.';
    const auto micros = static_cast<unsigned>(clock.subseconds().count());
    at = put_two_digits(at, micros / 10000);
    at = put_two_digits(at, micros / 100 % 100);
    at = put_two_digits(at, micros % 100);
    return put(at, 'Z');
}

char *put_token(char *at, std::string_view text) {
    if (text.empty())
        return put(at, '-');
    if (text.front() == '#' || text == "-") {
        at = put_octal(at, text.substr(0, 1));
        text.remove_prefix(1);
    }
    return is_plain_token(text) ? put(at, text) : put_escaped(at, text, "");
}

char *put_printable(char *at, std::string_view text) {
    return put_escaped(at, text, " \\");
}

char *put_json_string(char *at, std::string_view text) {
    *at++ = '"';
    if (is_plain_json(text)) {
        at = put(at, text);
        text = {};
    }
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        if (!step.valid) {
            at = put(at, replacement);
        } else if (step.code == '"' || step.code == '\\') {
            *at++ = '\\';
            *at++ = text.front();
        } else if (step.code != ' ' && is_invisible(step.code)) {
            at = put_json_escape(at, step.code);
        } else {
            at = put(at, text.substr(0, step.length));
        }
        text.remove_prefix(step.length);
    }
    return put(at, '"');
}

char *put_csv_text(char *at, std::string_view text) {
    const bool blank_at_end = text.starts_with(' ') || text.ends_with(' ');
    const bool quoted = blank_at_end || text.find_first_of("\",") != std::string_view::npos;
    if (quoted)
        *at++ = '"';
    if (is_computed(text))
        *at++ = '\'';
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        if (!step.valid || (is_invisible(step.code) && step.code != ' '))
            at = put(at, replacement);
        else if (step.code == '"')
            at = put(at, "\"\"");
        else
            at = put(at, text.substr(0, step.length));
        text.remove_prefix(step.length);
    }
    return quoted ? put(at, '"') : at;
}

std::size_t display_width(std::string_view text) {
    const auto is_ascii = [](char byte) { return static_cast<unsigned char>(byte) < 0x80; };
    const auto continues = [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
    };
    if (std::all_of(text.begin(), text.end(), is_ascii)) // nearly always
        return text.size();
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string_view event_name(EventKind kind) {
    static constexpr std::array<std::string_view, 5> names{"connect", "accept", "close", "open",
                                                           "sample"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string_view role_name(Role role) {
    return role == Role::client ? "client" : "server";
}

std::string_view end_name(End end) {
    static constexpr std::array<std::string_view, 11> names{
        "local",       "remote",  "local-reset", "remote-reset", "refused", "timeout",
        "unreachable", "aborted", "failed",      "unaccepted",   "open"};
    static_assert(names.size() == static_cast<std::size_t>(End::open) + 1);
    return names.at(static_cast<std::size_t>(end));
}

std::string_view state_name(TcpState state) {
    static constexpr std::array<std::string_view, 12> names{
        "unknown",   "ESTABLISHED", "SYN_SENT",   "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
        "TIME_WAIT", "CLOSE",       "CLOSE_WAIT", "LAST_ACK", "LISTEN",    "CLOSING"};
    static_assert(names.size() == static_cast<std::size_t>(TcpState::closing) + 1);
    const auto number = static_cast<std::size_t>(state);
    return number < names.size() ? names[number] : names[0]; // a number read from the kernel
}

std::string_view errno_name(int error) {
    const char *name = strerrorname_np(error);
    return name != nullptr ? name : "unknown";
}

} // namespace tcptrail
