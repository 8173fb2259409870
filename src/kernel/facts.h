// What this kernel can do, asked of the kernel itself and not of its version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/hooks.h"

namespace tcptrail {

// One mechanism: usable, or why not and what to do.
struct Ability {
    bool usable = false;
    std::string reason; // empty where usable
};

// The names that BTF knows a hook's target and an iterator by.
[[nodiscard]] std::string btf_target(const Hook &hook);
[[nodiscard]] std::string iterator_target(std::string_view kind);

struct KernelFacts {
    std::string release;
    Ability bpf;          // loading programs at all: privileges
    Ability btf;          // type information of the running kernel
    Ability fentry;       // trampolines on functions
    Ability kprobe;       // perf events of type kprobe
    Ability perf;         // perf events on tracepoints
    std::string lockdown; // "none" where the kernel has no lockdown

    // BTF ids of what programs attach to: functions by name, tracepoints as btf_trace_NAME.
    std::map<std::string, std::uint32_t, std::less<>> targets;
    std::vector<std::byte> program_types;                // BTF of the types that programs read
    std::map<std::string, int, std::less<>> tracepoints; // category/name -> perf event id
    // Function -> its symbol for kprobes, of those that BTF does not know and a plan may take.
    std::map<std::string, std::string, std::less<>> symbols;
    std::set<std::string, std::less<>> denied; // hooks the user forbade

    int kprobe_pmu = 0; // type of their perf events, where kprobes are usable

    // Maps count as locked memory (before 5.11), of which we were given a limited amount.
    bool maps_are_limited = false;
    // A program that was detached from a trampoline attaches again (5.13 and later, commit
    // f3a95075549e).
    bool fentry_again = true;
    // Programs on tp_btf may be preempted, and events of other tasks are skipped meanwhile
    // (seen on 7.2, where tracepoints are guarded by SRCU instead of disabled preemption).
    bool tracepoints_preemptible = false;
    // Hashes may allocate elements while tracing programs run (6.1, struct bpf_mem_alloc);
    // before, the kernel warns of it.
    bool hash_allocates = false;
    // Inode number of our pid namespace, 0: it is the initial one.
    std::uint32_t pidns = 0;
    // Cgroups of version 1 count processes, as where containers are not in version 2.
    bool pids_are_v1 = false;

    [[nodiscard]] bool has_function(std::string_view name) const;
    [[nodiscard]] bool has_tracepoint(std::string_view name) const; // for tp_btf
};

} // namespace tcptrail
