// The fixed events that every golden output shows.
#pragma once

#include <string>
#include <vector>

#include "flow/event.h"

namespace tcptrail::golden {

// 2026-11-20T08:46:36.123456Z, the start of the imagined run.
[[nodiscard]] WallTime start_time();

// A run of ordinary and odd connections, in the order of their times.
[[nodiscard]] std::vector<Event> run();

// One connect for each name that somebody may have chosen to break a reader.
[[nodiscard]] std::vector<Event> hostile_names();

} // namespace tcptrail::golden
