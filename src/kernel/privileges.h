// Which capabilities a trace takes here, and giving up what it takes no longer.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "kernel/facts.h"
#include "kernel/plan.h"

namespace tcptrail {

using Capabilities = std::vector<int>; // CAP_..., each once

// What it takes to start with these choices, and what of it is not there.
[[nodiscard]] Capabilities needed_to_start(const KernelFacts &facts,
                                           const std::vector<Choice> &choices);
[[nodiscard]] Capabilities missing_of(const Capabilities &needed);

// What it takes to go on, once all is attached. `command`: there is one to be ended by a signal.
[[nodiscard]] Capabilities needed_to_go_on(const std::vector<Choice> &choices, bool command);

// Gives up all but that for good: other capabilities, their return by whatever is executed, and
// every system call that is not of the loop. Where the process has CAP_SYS_ADMIN, but not the
// narrower one that took its place in 5.8, it keeps that.
[[nodiscard]] std::optional<Failure> drop_privileges(const Plan &plan, std::optional<pid_t> command,
                                                     bool keyboard);

// "CAP_BPF, CAP_PERFMON"
[[nodiscard]] std::string names_of(const Capabilities &capabilities);

} // namespace tcptrail
