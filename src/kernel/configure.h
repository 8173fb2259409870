// Options -> the BPF object's configuration, before it is loaded.
#pragma once

#include <cstdint>
#include <optional>

#include "failure.h"
#include "kernel/facts.h"
#include "kernel/plan.h"
#include "options.h"

struct tcptrail_bpf;

namespace tcptrail {

// Filters, sizes, which programs are loaded and which maps exist. For an opened object that is
// not loaded yet. `cgroup_id` 0: no such filter.
[[nodiscard]] std::optional<Failure> configure(tcptrail_bpf &skeleton, const Options &options,
                                               const KernelFacts &facts, const Plan &plan,
                                               std::uint64_t cgroup_id);

// Enters what the maps of a loaded object hold from the start.
[[nodiscard]] std::optional<Failure> fill_maps(tcptrail_bpf &skeleton, const Options &options);

} // namespace tcptrail
