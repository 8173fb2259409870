// Rows as a table for eyes and awk: every field is one token, columns line up while values fit.
#pragma once

#include <span>
#include <string>

#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"

namespace tcptrail {

// `wide`: leave the room that columns ask for with --wide.
void append_table_header(std::string &out, std::span<const Column *const> columns, bool wide);

// One cell per column, line_room() bytes at `at`; returns the line's end. A value that does not fit
// its column shifts the rest of the line and is never cut.
[[nodiscard]] char *put_table_line(char *at, std::span<const Column *const> columns,
                                   std::span<const Cell> cells, bool wide, Clock &clock);

} // namespace tcptrail
