// What --info prints, and -v says: the kernel, the backends, each hook and what became of it.
#pragma once

#include <string>
#include <vector>

#include "kernel/facts.h"
#include "kernel/plan.h"
#include "kernel/tracer.h"

namespace tcptrail {

// One line per hook: attached, armed on demand, replaced by which, or missing and what is lost.
// Not `running`: what would be.
[[nodiscard]] std::vector<std::string>
hook_lines(const KernelFacts &facts, const std::vector<Attached> &attached, bool running = true);

// Which capabilities these choices take, which of them are not there, and which are kept.
[[nodiscard]] std::string capability_line(const KernelFacts &facts,
                                          const std::vector<Choice> &choices);

// Kernel, type information, privileges, backends; the lines above hook_lines().
[[nodiscard]] std::vector<std::string> kernel_lines(const KernelFacts &facts);

} // namespace tcptrail
