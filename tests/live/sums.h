// The sums of `links`, held against the truth.
#pragma once

#include <cstdint>

#include "tracer.h"

namespace live {

struct Sums {
    std::int64_t connections = 0;
    std::int64_t failed = 0;
    std::int64_t tx_bytes = 0;
    std::int64_t rx_bytes = 0;
};

// Waits until that many connections have ended, ends the tracer and checks its last table's sums:
// exact, unless the kernel skipped runs of programs, which may have been those of closes.
void check_sum(Tracer &tracer, const Sums &truth);

} // namespace live
