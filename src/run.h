// One run: wires the stages, options -> kernel -> connections -> view -> sink.
#pragma once

#include <string>

#include "options.h"

namespace tcptrail {

constexpr int exit_done = 0;
constexpr int exit_cannot = 1; // trace, or write
constexpr int exit_usage = 2;

// Traces, replays or tells --info, until it ends by itself or by `signals`, a signalfd. Returns the
// exit status; what went wrong was told.
[[nodiscard]] int run(const Options &options, int signals);

// Text for stdout outside of a trace. Returns the exit status.
[[nodiscard]] int print(const std::string &text);

} // namespace tcptrail
