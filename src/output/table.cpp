#include "output/table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <variant>
#include <vector>

#include "output/text.h"

namespace tcptrail {
namespace {

// Writes a cell as one token.
struct CellWriter {
    char *at;
    Clock &clock;
    bool human;

    char *operator()(std::monostate /*absent*/) const { return put(at, '-'); }
    char *operator()(std::uint64_t number) const { return put_number(at, number); }
    char *operator()(Fixed number) const { return put_fixed(at, number); }
    char *operator()(Bytes bytes) const {
        if (human)
            return put_human(at, bytes.count);
        return bytes.in_kib ? put_fixed(at, kibibytes(bytes.count)) : put_number(at, bytes.count);
    }
    char *operator()(bool truth) const { return put(at, truth ? "true" : "false"); }
    char *operator()(Word word) const { return put(at, word.text); }
    char *operator()(Name name) const { return put_token(at, name.text); }
    char *operator()(const Address &address) const { return put_address(at, address); }
    char *operator()(WallTime time) const { return clock.put_local(at, time); }
    char *operator()(Elapsed elapsed) const { return clock.put_elapsed(at, elapsed.time); }

    char *operator()(Words words) const {
        if (words.empty())
            return put(at, '-');
        char *end = put(at, words.front().text);
        for (const Word word : words.subspan(1))
            end = put(put(end, ','), word.text);
        return end;
    }
};

std::size_t width_of(const Column &column, bool wide) {
    return std::max<std::size_t>(wide ? column.wide_width : column.width, column.title.size());
}

// Writes blanks up to `end`, and maybe some bytes past it: a fixed size needs no call.
void blank(char *at, const char *end) {
    constexpr std::string_view blanks = "                ";
    for (; at < end; at += blanks.size())
        std::memcpy(at, blanks.data(), blanks.size());
}

// Brings the field between `begin` and `end` from the width it shows to that of its column.
char *pad(char *begin, char *end, std::size_t shown, std::size_t width, Align align) {
    if (shown >= width)
        return end;
    char *const padded = end + (width - shown);
    if (align == Align::right) {
        std::array<char, value_room> field; // numbers, so it fits
        std::memcpy(field.data(), begin, field.size());
        blank(begin, begin + (width - shown));
        std::memcpy(begin + (width - shown), field.data(), field.size());
    } else {
        blank(end, padded);
    }
    return padded;
}

// Ends a line without the padding of its last field.
char *end_line(char *begin, char *end) {
    while (end > begin && end[-1] == ' ')
        --end;
    return put(end, '\n');
}

// Bytes that tell their unit themselves are not in KB.
std::string_view title_of(const Column &column, TableStyle style) {
    constexpr std::string_view unit = "_KB";
    std::string_view title = column.title;
    if (style.human && title.ends_with(unit))
        title.remove_suffix(unit.size());
    return title;
}

} // namespace

std::size_t shown_width(const Cell &cell, TableStyle style, Clock &clock) {
    std::vector<char> room(line_room({&cell, 1}));
    const char *const end = std::visit(CellWriter{room.data(), clock, style.human}, cell);
    return display_width({room.data(), static_cast<std::size_t>(end - room.data())});
}

std::size_t columns_that_fit(std::span<const Column *const> columns, TableStyle style,
                             std::size_t room) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        taken += width_of(*columns[i], style.wide) + (i > 0 ? 1 : 0);
        if (taken > room)
            return std::max<std::size_t>(i, 1);
    }
    return columns.size();
}

void append_table_header(std::string &out, std::span<const Column *const> columns,
                         TableStyle style) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string_view title = title_of(*columns[i], style);
        const std::size_t gap = width_of(*columns[i], style.wide) - title.size();
        if (i > 0)
            out.push_back(' ');
        if (columns[i]->align == Align::right)
            out.append(gap, ' ');
        out.append(title);
        if (columns[i]->align == Align::left && i + 1 < columns.size())
            out.append(gap, ' ');
    }
    out.push_back('\n');
}

char *put_table_line(char *at, std::span<const Column *const> columns, std::span<const Cell> cells,
                     TableStyle style, Clock &clock) {
    char *const line = at;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0)
            *at++ = ' ';
        char *const end = std::visit(CellWriter{at, clock, style.human}, cells[i]);
        auto shown = static_cast<std::size_t>(end - at);
        if (std::holds_alternative<Name>(cells[i])) // the only cells beyond ASCII
            shown = display_width({at, shown});
        at = pad(at, end, shown, width_of(*columns[i], style.wide), columns[i]->align);
    }
    return end_line(line, at);
}

} // namespace tcptrail
