// Text that somebody chose to break a reader, and what may not be left of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tcptrail {

// Random bytes among pieces of the languages that readers speak; the same for the same seed.
class HostileText {
  public:
    explicit HostileText(unsigned seed) : random_(seed) {}

    // Without NUL, which ends a name wherever it comes from.
    std::string next(std::size_t limit) {
        const std::size_t size = below(limit + 1);
        std::string text;
        while (text.size() < size)
            text += below(3) == 0 ? random_bytes() : std::string(pieces.at(below(pieces.size())));
        text.resize(size);
        return text;
    }

  private:
    static constexpr std::array<std::string_view, 40> pieces{"\n",
                                                             "\r",
                                                             "\t",
                                                             "\b",
                                                             "\f",
                                                             "\x07",
                                                             "\x1b",
                                                             "\x1b[2J",
                                                             "\x1b]0;x\x07",
                                                             "\x7f",
                                                             "\"",
                                                             "'",
                                                             "\\",
                                                             "\\n",
                                                             "\\040",
                                                             ",",
                                                             ";",
                                                             "|",
                                                             " ",
                                                             "#",
                                                             "-",
                                                             "=",
                                                             "+",
                                                             "@",
                                                             "=1+1",
                                                             "{\"a\":1}",
                                                             "null",
                                                             "nginx",
                                                             "x",
                                                             "\xc3\xa9",
                                                             "\xc2\x9b",
                                                             "\xc2\xa0",
                                                             "\xe2\x80\xae",
                                                             "\xe2\x80\xa8",
                                                             "\xe2\x80\x8b",
                                                             "\xef\xbb\xbf",
                                                             "\xed\xa0\x80",
                                                             "\xc0\xaf",
                                                             "\xf0\x9f\x90\x98",
                                                             "\xef\xbc\x9d"};

    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string random_bytes() {
        std::string bytes(1 + below(3), 'x');
        for (char &byte : bytes)
            byte = static_cast<char>(1 + below(255));
        return bytes;
    }

    std::mt19937 random_;
};

// As Unicode recommends, by somebody else's hand: U+FFFD for each longest broken sequence.
inline std::string as_utf8(std::string_view text) {
    using nlohmann::json;
    const std::string dumped = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    return json::parse(dumped).get<std::string>();
}

// The characters of UTF-8 that is known to be good.
inline std::vector<std::string_view> characters(std::string_view valid) {
    std::vector<std::string_view> all;
    for (std::size_t at = 0; at < valid.size(); at += all.back().size()) {
        std::size_t end = at + 1;
        while (end < valid.size() && (static_cast<unsigned char>(valid[end]) & 0xc0) == 0x80)
            ++end;
        all.push_back(valid.substr(at, end - at));
    }
    return all;
}

inline char32_t point_of(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    char32_t point = lead < 0x80 ? lead : lead & (0x7fU >> character.size());
    for (const char byte : character.substr(1))
        point = point << 6 | (static_cast<unsigned char>(byte) & 0x3fU);
    return point;
}

// Moves the cursor, ends a line or a word, hides or reorders what stands beside it.
inline bool acts(std::string_view character) {
    const char32_t point = point_of(character);
    return point < 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0xad || point == 0x61c ||
           point == 0x1680 || point == 0x180e || (point >= 0x2000 && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202f) || (point >= 0x205f && point <= 0x206f) ||
           point == 0x3000 || point == 0xfeff;
}

// Harmless on a terminal, and UTF-8.
inline bool is_inert(std::string_view line) {
    const std::string text = as_utf8(line);
    const auto all = characters(text);
    return text == line && std::none_of(all.begin(), all.end(), acts);
}

// What CSV promises of a text: what does not show is replaced, what computes is defused.
inline std::string as_csv(std::string_view from) {
    constexpr std::array<std::string_view, 8> computing{
        "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    const std::string text = as_utf8(from);
    std::string result;
    for (const std::string_view character : characters(text))
        result += acts(character) ? "\xef\xbf\xbd" : character;
    const std::size_t begin = result.find_first_not_of(' ');
    const bool computes = std::any_of(computing.begin(), computing.end(), [&](auto sign) {
        return begin != std::string::npos && result.compare(begin, sign.size(), sign) == 0;
    });
    return computes ? "'" + result : result;
}

} // namespace tcptrail
