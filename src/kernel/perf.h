// Perf events: tracepoints and kprobes without a mounted tracefs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kernel/facts.h"

namespace tcptrail {

// A tracefs of our own that no path leads to: many hosts have none mounted, and mounting one
// would change the host.
class TraceFs {
  public:
    TraceFs();
    ~TraceFs();
    TraceFs(const TraceFs &) = delete;
    TraceFs &operator=(const TraceFs &) = delete;

    [[nodiscard]] const Ability &ability() const { return ability_; }

    // The perf event id of "category/name"; none: the kernel has no such tracepoint.
    [[nodiscard]] std::optional<int> event_id(std::string_view tracepoint) const;

  private:
    int root_ = -1;
    Ability ability_;
};

// An open perf event for the tracepoint with this id, on all CPUs and for all processes.
// Returns a file descriptor that the caller owns, or a negative errno.
[[nodiscard]] int open_tracepoint(int event_id);

// Whether such an event opens.
[[nodiscard]] Ability ask_tracepoint(int event_id);

// Whether a kprobe on this function really attaches; one that only loads proves nothing.
[[nodiscard]] Ability ask_kprobe(const char *function);

// The names of these functions as kprobes know them: compilers append .isra.0 or .constprop.0.
// One that is missing from the answer is not in the kernel, or was inlined everywhere.
[[nodiscard]] std::map<std::string, std::string, std::less<>>
kprobe_symbols(const std::set<std::string, std::less<>> &functions);

} // namespace tcptrail
