// Rows as NDJSON: one object a line, no blanks, absent facts null.
#pragma once

#include <span>
#include <string>

#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"

namespace tcptrail {

// One cell per column, cell_room bytes for each at `at`; returns the line's end.
[[nodiscard]] char *put_json_line(char *at, std::span<const Column> columns,
                                  std::span<const Cell> cells, const Clock &clock);

// {"event":"lost",...}
void append_json_lost(std::string &out, const Loss &loss);

} // namespace tcptrail
