// The places in the kernel that tcptrail can hook, as data: which programs tell a fact, in
// the order of their cost, and what is not told without them. No libbpf here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "options.h"

namespace tcptrail {

enum class Mechanism : std::uint8_t {
    fentry,     // function entry by trampoline
    fexit,      // function return by trampoline
    kprobe,     // function entry
    kretprobe,  // function return
    tp_btf,     // tracepoint, raw and typed
    tracepoint, // tracepoint by perf event
};

[[nodiscard]] std::string_view mechanism_name(Mechanism mechanism);

struct Hook {
    std::string_view program; // in bpf/tcptrail.bpf.c
    Mechanism mechanism;
    std::string_view target; // function, tracepoint, or category/tracepoint for perf
};

enum class Fact : std::uint8_t {
    connect,
    connect_failure,
    accept,
    state,
    fork,
    pass,
    serve,
    exit,
};

// One way to learn a fact: all its hooks together.
struct Way {
    Fact fact;
    Backend backend; // which --probes it belongs to; automatic: to all
    std::span<const Hook> hooks;
    std::string_view lost; // what even this way does not see, empty: nothing
};

// What a fact is for, and what is lost where no way to it exists.
struct Purpose {
    Fact fact;
    std::string_view name;
    bool required;  // tracing makes no sense without
    bool on_demand; // loaded at the start, attached only while it is needed
    std::string_view lost;
};

[[nodiscard]] std::span<const Way> all_ways();         // per fact, the best first
[[nodiscard]] std::span<const Purpose> all_purposes(); // in the order of attaching

} // namespace tcptrail
