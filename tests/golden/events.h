// The fixed rows that every golden output shows.
#pragma once

#include <string>
#include <vector>

#include "flow/event.h"
#include "flow/links.h"

namespace tcptrail::golden {

// 2026-11-20T08:46:36.123456Z, the start of the imagined run.
[[nodiscard]] WallTime start_time();

// A run of ordinary and odd connections, in the order of their times.
[[nodiscard]] std::vector<Event> run();

// What is open at its end, in odd states too.
[[nodiscard]] std::vector<Event> still_open();

// Two intervals of moving bytes, as the kernel is asked at the end of each.
[[nodiscard]] std::vector<std::vector<Event>> intervals();

// Rows of ordinary and odd links, `other` the last.
[[nodiscard]] std::vector<LinkRow> links();

// One connect for each name that somebody may have chosen to break a reader.
[[nodiscard]] std::vector<Event> hostile_names();

// More links than can be drawn with all their numbers: a few services, many remote ends.
[[nodiscard]] std::vector<LinkRow> crowd();

// The same names at both ends of links.
[[nodiscard]] std::vector<LinkRow> hostile_links();

} // namespace tcptrail::golden
