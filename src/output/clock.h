// How a run tells the time of its events: by the local clock or since the start.
#pragma once

#include <array>
#include <chrono>

#include "flow/event.h"

namespace tcptrail {

// Its put functions are as those of text.h.
class Clock {
  public:
    // Reads the zone's file, which may be out of reach later.
    explicit Clock(WallTime start);

    // HH:MM:SS.mmm in the zone of the environment. The zone is asked once per second of events.
    [[nodiscard]] char *put_local(char *at, WallTime time);

    // Seconds since the start with three decimals; negative before it.
    [[nodiscard]] char *put_elapsed(char *at, WallTime time) const;

  private:
    WallTime start_;
    std::chrono::sys_seconds told_{std::chrono::seconds::min()}; // the second `text_` is for
    std::array<char, 9> text_{};                                 // HH:MM:SS.
};

} // namespace tcptrail
