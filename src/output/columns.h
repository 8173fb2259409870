// The registry of columns: the only place that declares their names, titles and meanings. Tables,
// JSON, CSV, help and the man page's list follow from it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "flow/event.h"
#include "output/cell.h"

namespace tcptrail {

enum class Align : std::uint8_t { left, right };

// The events whose JSON has the key without being asked (-o).
enum class InJson : std::uint8_t { never, always, accept_and_close, close };

// What is declared about a column, whatever its rows are.
struct Column {
    std::string_view key;   // its name for -o, in JSON and in CSV's header
    std::string_view title; // its header in a table
    Align align = Align::left;
    std::uint8_t width = 0; // characters of an ordinary value; the table makes room for the title
    std::uint8_t wide_width = 0; // the same with --wide
    InJson in_json = InJson::never;
    std::string_view meaning; // one line for help and man page
};

// A column of events, and how an event fills it. The cell may point into the event.
struct EventColumn {
    Column column;
    Cell (*cell)(const Event &event);
};

// All columns of events, in the order of the JSON keys, then those only shown when asked for.
[[nodiscard]] std::span<const EventColumn> event_columns();

// nullptr: no such column.
[[nodiscard]] const EventColumn *find_event_column(std::string_view key);

// The columns that the JSON of this kind of event has by default, in order.
[[nodiscard]] std::vector<const EventColumn *> json_columns(EventKind kind);

// A view's own table, by keys.
struct TableLayout {
    std::span<const std::string_view> keys;
    std::span<const std::string_view> wide_keys; // what --wide adds
};

[[nodiscard]] TableLayout trace_layout();

} // namespace tcptrail
