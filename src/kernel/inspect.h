// Asks the kernel for its facts.
#pragma once

#include "kernel/facts.h"
#include "options.h"

namespace tcptrail {

// Asks once; takes about 15 ms, most of it for reading BTF. `wanted` is --probes. Asking for what
// hangs on perf events takes tens of ms more: `everything`, also where no plan would use it.
[[nodiscard]] KernelFacts inspect_kernel(Backend wanted, bool everything);

// That part alone, again: where fentry turned out not to be usable.
void ask_perf(KernelFacts &facts, Backend wanted, bool everything);

} // namespace tcptrail
