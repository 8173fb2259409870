// The clock of the kernel's stamps, and how the wall clock stands to it.
#pragma once

#include <chrono>

#include "flow/record.h"

namespace tcptrail {

[[nodiscard]] KernelTime kernel_now();

// The wall clock's lead over the kernel's.
[[nodiscard]] std::chrono::nanoseconds wall_lead();

} // namespace tcptrail
