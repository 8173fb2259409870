#include "output/table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <variant>

#include "output/text.h"

namespace tcptrail {
namespace {

// Writes a cell as one token, a number right-aligned in `width`.
struct CellWriter {
    char *at;
    Clock &clock;
    bool human;
    std::size_t width = 0;

    char *operator()(std::monostate /*absent*/) const { return put(at, '-'); }
    char *operator()(std::uint64_t number) const { return put_number_right(at, number, width); }
    char *operator()(Fixed number) const { return put_fixed_right(at, number, width); }
    char *operator()(Bytes bytes) const {
        if (human)
            return put_human(at, bytes.count);
        return bytes.in_kib ? (*this)(kibibytes(bytes.count)) : (*this)(bytes.count);
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

// Adds so many blanks to the field between `begin` and `end`; returns its new end.
char *pad(char *begin, char *end, std::size_t blanks, Align align) {
    if (align == Align::left)
        return put_blanks(end, blanks);
    std::array<char, value_room> field; // a number's column, so it fits
    std::memcpy(field.data(), begin, field.size());
    begin = put_blanks(begin, blanks);
    std::memcpy(begin, field.data(), field.size());
    return end + blanks;
}

// Characters on the screen of the field between `begin` and `end`.
std::size_t width_of(const Cell &cell, const char *begin, const char *end) {
    const auto size = static_cast<std::size_t>(end - begin);
    const auto *name = std::get_if<Name>(&cell); // the only cells beyond ASCII
    return name == nullptr || name->text.is_ascii() ? size : display_width({begin, size});
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

Column as_shown(Column column, TableStyle style) {
    const std::size_t width = style.wide ? column.wide_width : column.width;
    column.width = static_cast<std::uint8_t>(std::max(width, column.title.size()));
    return column;
}

std::size_t shown_width(const Cell &cell, TableStyle style, Clock &clock) {
    std::array<char, cell_room> room;
    const char *const end = std::visit(CellWriter{room.data(), clock, style.human}, cell);
    return display_width({room.data(), static_cast<std::size_t>(end - room.data())});
}

std::size_t columns_that_fit(std::span<const Column> columns, std::size_t room) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        taken += columns[i].width + (i > 0 ? 1 : 0);
        if (taken > room)
            return std::max<std::size_t>(i, 1);
    }
    return columns.size();
}

void append_table_header(std::string &out, std::span<const Column> columns, TableStyle style) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string_view title = title_of(columns[i], style);
        const std::size_t gap = columns[i].width - title.size();
        if (i > 0)
            out.push_back(' ');
        if (columns[i].align == Align::right)
            out.append(gap, ' ');
        out.append(title);
        if (columns[i].align == Align::left && i + 1 < columns.size())
            out.append(gap, ' ');
    }
    out.push_back('\n');
}

char *put_table_line(char *at, std::span<const Column> columns, std::span<const Cell> cells,
                     TableStyle style, Clock &clock) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0)
            *at++ = ' ';
        const Align align = columns[i].align;
        const std::size_t width = columns[i].width;
        const std::size_t right = align == Align::right ? width : 0;
        char *const end = std::visit(CellWriter{at, clock, style.human, right}, cells[i]);
        const std::size_t shown = width_of(cells[i], at, end);
        const bool is_last = i + 1 == columns.size();
        if (shown >= width || (is_last && align == Align::left))
            at = end;
        else
            at = pad(at, end, width - shown, align);
    }
    return put(at, '\n');
}

} // namespace tcptrail
