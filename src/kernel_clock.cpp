#include "kernel_clock.h"

#include <ctime>

namespace tcptrail {
namespace {

using std::chrono::nanoseconds;

nanoseconds read_clock(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

} // namespace

KernelTime kernel_now() {
    return read_clock(CLOCK_MONOTONIC);
}

// Of a few readings the one that was interrupted the least.
nanoseconds wall_lead() {
    nanoseconds lead{};
    nanoseconds tightest = nanoseconds::max();
    for (int i = 0; i < 3; i++) {
        const nanoseconds before = read_clock(CLOCK_MONOTONIC);
        const nanoseconds wall = read_clock(CLOCK_REALTIME);
        const nanoseconds took = read_clock(CLOCK_MONOTONIC) - before;
        if (took < tightest) {
            tightest = took;
            lead = wall - before - took / 2;
        }
    }
    return lead;
}

} // namespace tcptrail
