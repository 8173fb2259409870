// The registry of columns: the only place that declares their names, titles and meanings. Tables,
// JSON, CSV, help and the man page's list follow from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "flow/event.h"
#include "flow/links.h"
#include "options.h"
#include "output/cell.h"
#include "output/table_cell.h"

namespace tcptrail {

enum class Align : std::uint8_t { left, right };

// What --names makes of a column's numbers.
enum class Named : std::uint8_t { never, host, service };

// A set of kinds of rows, a bit for each: those whose JSON has the key without being asked (-o).
using Kinds = std::uint8_t;

// What is declared about a column, whatever its rows are.
struct Column {
    std::string_view key;   // its name for -o, in JSON and in CSV's header
    std::string_view title; // its header in a table
    Align align = Align::left;
    std::uint8_t width = 0; // characters of an ordinary value; the table makes room for the title
    std::uint8_t wide_width = 0; // the same with --wide
    Kinds in_json = 0;
    std::string_view meaning; // one line for help and man page
    Named named = Named::never;
};

// A column, and how a row fills it.
template <typename Row> struct RowColumn {
    // `Get` is a lambda without captures: of a row it makes what a cell may hold, such a value that
    // may be absent, or a cell. It may point into the row.
    template <typename Get>
    constexpr RowColumn(const Column &declared, Get /*get*/)
        : column(declared), cell([](const Row &row) { return cell_of(Get{}(row)); }),
          put([](const TokenWriter &writer, const Row &row) { return writer(Get{}(row)); }) {}

    Column column;
    Cell (*cell)(const Row &row);
    // As a token of a table: code that knows the kind of its value, and puts no cell together.
    Token (*put)(const TokenWriter &writer, const Row &row);
};

// What rows there are: events, whose kinds are those of EventKind, and links, which are all alike.
[[nodiscard]] constexpr std::size_t kind_of(const Event &event) {
    return static_cast<std::size_t>(event.kind);
}
[[nodiscard]] constexpr std::size_t kind_of(const LinkRow & /*row*/) {
    return 0;
}
template <typename Row> inline constexpr std::size_t kinds_of = 1;
template <> inline constexpr std::size_t kinds_of<Event> = 5;

// All columns of a kind of row, in the order of the JSON keys, then those only shown when asked
// for.
template <typename Row> [[nodiscard]] std::span<const RowColumn<Row>> columns_of();
template <> std::span<const RowColumn<Event>> columns_of<Event>();
template <> std::span<const RowColumn<LinkRow>> columns_of<LinkRow>();

// nullptr: no such column.
template <typename Row> [[nodiscard]] const RowColumn<Row> *find_column(std::string_view key) {
    for (const RowColumn<Row> &candidate : columns_of<Row>())
        if (candidate.column.key == key)
            return &candidate;
    return nullptr;
}

// The columns that the JSON of this kind of row has by default, in order.
template <typename Row>
[[nodiscard]] std::vector<const RowColumn<Row> *> json_columns(std::size_t kind) {
    std::vector<const RowColumn<Row> *> chosen;
    for (const RowColumn<Row> &candidate : columns_of<Row>())
        if ((candidate.column.in_json >> kind & 1U) != 0)
            chosen.push_back(&candidate);
    return chosen;
}

// A view's own table, by keys.
struct TableLayout {
    std::span<const std::string_view> keys;
    std::span<const std::string_view> wide_keys; // what --wide adds
    std::size_t csv_kind = 0;                    // the kind of row whose JSON keys CSV has
};

[[nodiscard]] TableLayout trace_layout(const Options &options);
[[nodiscard]] TableLayout life_layout(const Options &options);
[[nodiscard]] TableLayout top_layout(const Options &options);
[[nodiscard]] TableLayout links_layout(const Options &options);

} // namespace tcptrail
