// Tells of lost events: what was lost since the last time, once a second at the most, and the
// sums at the end.
#pragma once

#include <chrono>
#include <functional>

#include "flow/event.h"
#include "kernel/tracer.h"
#include "output/diag.h"

namespace tcptrail {

class LossReport {
  public:
    LossReport(Diag diag, std::function<void(const Loss &)> tell)
        : diag_(diag), tell_(std::move(tell)) {}

    // Says on stderr, and by `tell`, what has been lost since the last call.
    void update(const Losses &now, WallTime time);

    // On stderr alone: `tell` has it with the next update.
    void say(const Losses &now);

    // The sums of the run, if any were lost.
    void finish() const;

  private:
    Diag diag_;
    std::function<void(const Loss &)> tell_;
    Losses said_;
    Losses told_;
};

} // namespace tcptrail
