#include "output/utf8.h"

#include <algorithm>
#include <array>

namespace tcptrail {
namespace {

struct Lead {
    std::size_t following = 0; // continuation bytes; 0: no lead byte
    unsigned char low = 0x80;  // bounds of the first of them (Unicode, table 3-7)
    unsigned char high = 0xbf;
};

Lead classify(unsigned char byte) {
    if (byte >= 0xc2 && byte <= 0xdf)
        return {1};
    if (byte == 0xe0)
        return {2, 0xa0, 0xbf};
    if (byte == 0xed)
        return {2, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef)
        return {2};
    if (byte == 0xf0)
        return {3, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3)
        return {3};
    if (byte == 0xf4)
        return {3, 0x80, 0x8f};
    return {};
}

struct Range {
    char32_t first;
    char32_t last;
};

// By Unicode's properties White_Space, Cc and Cf, as far as they are in the BMP's general ranges.
constexpr std::array<Range, 9> invisible{{
    {0x00ad, 0x00ad},
    {0x061c, 0x061c},
    {0x1680, 0x1680},
    {0x180e, 0x180e},
    {0x2000, 0x200f},
    {0x2028, 0x202f},
    {0x205f, 0x206f},
    {0x3000, 0x3000},
    {0xfeff, 0xfeff},
}};

} // namespace

Utf8Step decode_utf8(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return {first, 1, true};
    const Lead lead = classify(first);
    if (lead.following == 0)
        return {0, 1, false};
    char32_t code = first & (0x3fU >> lead.following);
    unsigned char low = lead.low;
    unsigned char high = lead.high;
    for (std::size_t i = 1; i <= lead.following; ++i) {
        if (i == text.size())
            return {0, i, false};
        const auto next = static_cast<unsigned char>(text[i]);
        if (next < low || next > high)
            return {0, i, false};
        code = code << 6 | (next & 0x3fU);
        low = 0x80;
        high = 0xbf;
    }
    return {code, lead.following + 1, true};
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

bool is_invisible(char32_t code) {
    if (code <= 0xa0)
        return code <= 0x20 || code >= 0x7f;
    return std::any_of(invisible.begin(), invisible.end(), [code](const Range &range) {
        return code >= range.first && code <= range.last;
    });
}

} // namespace tcptrail
