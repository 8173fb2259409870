// Rows as a table for eyes and awk: every field is one token, columns line up while values fit.
#pragma once

#include <span>
#include <string>

#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"

namespace tcptrail {

// The column with the width that it has in a table.
[[nodiscard]] Column as_shown(Column column, TableStyle style);

// How many of the columns, from the left, fit in a line of so many characters; at least one.
[[nodiscard]] std::size_t columns_that_fit(std::span<const Column> columns, std::size_t room);

void append_table_header(std::string &out, std::span<const Column> columns, TableStyle style);

// One source per column, cell_room bytes for each at `at`; returns the line's end. A
// value that does not fit its column shifts the rest of the line and is never cut.
template <typename Row>
[[nodiscard]] char *put_table_line(char *at, std::span<const Column> columns,
                                   std::span<const RowColumn<Row> *const> sources, const Row &row,
                                   const TableStyle &style, Clock &clock);

} // namespace tcptrail
