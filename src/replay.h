// --replay: a recorded run instead of the kernel.
#pragma once

#include "options.h"
#include "output/sink.h"

namespace tcptrail {

// Shows the events of `options.replay` that pass the filters, until the file or, by `signals` (a
// signalfd), the run ends. A damaged file is read as far as it goes. Returns the exit status; what
// went wrong was told.
[[nodiscard]] int replay(const Options &options, Sink &sink, int signals);

} // namespace tcptrail
