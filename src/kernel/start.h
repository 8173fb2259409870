// From the kernel's facts to a running trace.
#pragma once

#include <cstdint>
#include <memory>

#include "failure.h"
#include "kernel/facts.h"
#include "kernel/plan.h"
#include "kernel/tracer.h"
#include "options.h"

namespace tcptrail {

// Tracer::start(), and again with another plan where fentry turns out not to be usable: some
// kernels (arm64 before 6.4) load such programs and refuse to attach them. `facts` and `plan`,
// which become those in force, must outlive the tracer.
[[nodiscard]] Result<std::unique_ptr<Tracer>>
start_tracer(const Options &options, KernelFacts &facts, Plan &plan, std::uint64_t cgroup_id);

} // namespace tcptrail
