#include "output/table.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "output/text.h"

namespace tcptrail {
namespace {

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
    std::size_t width = style.wide ? column.wide_width : column.width;
    if (style.names != nullptr && column.named != Named::never)
        width = std::max(width, column.named == Named::host ? style.names->host_width()
                                                            : style.names->service_width());
    column.width = static_cast<std::uint8_t>(std::max(width, column.title.size()));
    return column;
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

template <typename Row>
char *put_table_line(char *at, std::span<const Column> columns,
                     std::span<const RowColumn<Row> *const> sources, const Row &row,
                     const TableStyle &style, Clock &clock) {
    TokenWriter writer{.at = at, .width = 0, .style = style, .clock = clock};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0)
            *writer.at++ = ' ';
        const Align align = columns[i].align;
        const std::size_t width = columns[i].width;
        writer.width = align == Align::right ? width : 0;
        const Token token = sources[i]->put(writer, row);
        const bool is_last = i + 1 == columns.size();
        if (token.width >= width || (is_last && align == Align::left))
            writer.at = token.end;
        else
            writer.at = pad(writer.at, token.end, width - token.width, align);
    }
    return put(writer.at, '\n');
}

template char *put_table_line<Event>(char *, std::span<const Column>,
                                     std::span<const RowColumn<Event> *const>, const Event &,
                                     const TableStyle &, Clock &);
template char *put_table_line<LinkRow>(char *, std::span<const Column>,
                                       std::span<const RowColumn<LinkRow> *const>, const LinkRow &,
                                       const TableStyle &, Clock &);

} // namespace tcptrail
