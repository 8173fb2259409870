// The last step of a start: from here on the kernel lets this process do what the loop does, and
// nothing else.
#pragma once

#include <optional>
#include <sys/types.h>

#include "failure.h"

namespace tcptrail {

// What the loop does only in some runs.
struct LoopCalls {
    bool kprobes = false;         // are attached on demand
    std::optional<pid_t> command; // that SIGTERM may be sent to
    bool keyboard = false;        // keys are read from a terminal
};

// No program that is executed gains privileges any more, and every system call that is not of the
// loop fails with EPERM. Both hold for good. What was opened before stays usable.
[[nodiscard]] std::optional<Failure> allow_only(const LoopCalls &calls);

} // namespace tcptrail
