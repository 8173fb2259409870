#include "kernel/facts.h"

namespace tcptrail {

std::string btf_target(const Hook &hook) {
    return (hook.mechanism == Mechanism::tp_btf ? "btf_trace_" : "") + std::string(hook.target);
}

std::string iterator_target(std::string_view kind) {
    return "bpf_iter_" + std::string(kind);
}

bool KernelFacts::has_function(std::string_view name) const {
    return targets.contains(name);
}

bool KernelFacts::has_tracepoint(std::string_view name) const {
    return targets.contains("btf_trace_" + std::string(name));
}

} // namespace tcptrail
