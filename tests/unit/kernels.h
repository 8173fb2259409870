// Kernels as inspect_kernel() would describe them, from everything taken away from or added to.
#pragma once

#include <string>

#include "kernel/facts.h"
#include "kernel/hooks.h"
#include "kernel/plan.h"

namespace tcptrail {

// A kernel that can do everything and has every hook we know.
inline KernelFacts able_kernel() {
    KernelFacts facts;
    facts.release = "6.1.0-test";
    facts.lockdown = "none";
    facts.bpf = facts.btf = facts.fentry = facts.kprobe = facts.perf = {true, ""};
    for (const Way &way : all_ways()) {
        for (const Hook &hook : way.hooks) {
            if (hook.mechanism == Mechanism::tracepoint)
                facts.tracepoints.emplace(hook.target, 1 + facts.tracepoints.size());
            else
                facts.targets.emplace(btf_target(hook), 1 + facts.targets.size());
        }
    }
    return facts;
}

inline KernelFacts without_fentry(KernelFacts facts) {
    facts.fentry = {false, "no fentry here"};
    return facts;
}

inline KernelFacts without_kprobes(KernelFacts facts) {
    facts.kprobe = {false, "no kprobes here"};
    return facts;
}

inline KernelFacts without_perf(KernelFacts facts) {
    facts.perf = {false, "no perf events here"};
    facts.tracepoints.clear();
    return facts;
}

inline KernelFacts without_function(KernelFacts facts, const std::string &name) {
    facts.targets.erase(name);
    return facts;
}

inline KernelFacts without_tracepoint(KernelFacts facts, const std::string &name) {
    facts.targets.erase("btf_trace_" + name);
    return facts;
}

inline KernelFacts denying(KernelFacts facts, const std::string &target) {
    facts.denied.insert(target);
    return facts;
}

} // namespace tcptrail
