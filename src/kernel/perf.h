// Perf events: tracepoints and kprobes without a mounted tracefs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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

// A perf event on all CPUs and for all processes; what is attached to it is detached when it goes
// out of scope. Not by libbpf, which asks the kernel for more before it attaches the first one.
class PerfEvent {
  public:
    [[nodiscard]] static PerfEvent tracepoint(int id);
    [[nodiscard]] static PerfEvent kprobe(int pmu, bool at_return, const char *function);
    [[nodiscard]] static PerfEvent dummy(); // never happens

    PerfEvent(PerfEvent &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    PerfEvent &operator=(PerfEvent &&) = delete;
    ~PerfEvent();

    // 0 if it is open, or a negative errno.
    [[nodiscard]] int error() const { return fd_ < 0 ? fd_ : 0; }

    // The event runs this program. 0 or a negative errno.
    [[nodiscard]] int attach(int program) const;

  private:
    explicit PerfEvent(int fd) : fd_(fd) {}

    int fd_; // or a negative errno
};

// Whether the event of the tracepoint with this id opens.
[[nodiscard]] Ability ask_tracepoint(int id);

// The type of perf events that are kprobes; none: this kernel has no kprobes.
[[nodiscard]] std::optional<int> kprobe_pmu();

// Whether a kprobe on this function really attaches; one that only loads proves nothing.
[[nodiscard]] Ability ask_kprobe(std::optional<int> pmu, const char *function);

using FunctionNames = std::set<std::string, std::less<>>;

// The names of these functions as kprobes know them: compilers append .isra.0 or .constprop.0.
// One that is missing from the answer is not in the kernel, or was inlined everywhere. The kernel
// writes a list of all its symbols for that, which takes longer than all else of a start.
[[nodiscard]] std::map<std::string, std::string, std::less<>>
kprobe_symbols(const FunctionNames &functions);

} // namespace tcptrail
