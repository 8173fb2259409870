// What a view is to the rest: it gets events in order and writes lines into the sink's buffer.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "flow/event.h"
#include "flow/spill.h"
#include "options.h"
#include "output/keys.h"

namespace tcptrail {

// The end of an interval, or of the run.
struct Report {
    WallTime time;
    std::span<const Spill> spills; // sums of closes that were lost, since the start
};

class View {
  public:
    View() = default;
    virtual ~View() = default;
    View(const View &) = delete;
    View &operator=(const View &) = delete;

    // Before the first event: the header.
    virtual void begin() = 0;
    virtual void show(const Event &event) = 0;
    virtual void lost(const Loss &loss) = 0;

    // Only views that need what is open (Needs::open) get these. Of everything that is open an
    // event was shown since the last time. `spilled`: closes were lost for want of room, and are in
    // the spills of the reports.
    virtual void walked(bool /*spilled*/) {}
    // Everything that happened, and is open now, was shown.
    virtual void report(const Report &) {}
    [[nodiscard]] virtual std::optional<std::chrono::milliseconds> interval() const { return {}; }

    // Whether keys would mean anything; if they are read, it is told, and then told of each.
    [[nodiscard]] virtual bool takes_keys() const { return false; }
    virtual void offer_keys() {}
    virtual void press(Key) {}
};

} // namespace tcptrail
