// Rows as CSV (RFC 4180, but LF): the JSON keys as header, absent facts as empty fields.
#pragma once

#include <span>
#include <string>

#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"

namespace tcptrail {

void append_csv_header(std::string &out, std::span<const Column> columns);

// A field per cell, cell_room bytes for each at `at`; returns the line's end.
[[nodiscard]] char *put_csv_line(char *at, std::span<const Cell> cells, const Clock &clock);

} // namespace tcptrail
