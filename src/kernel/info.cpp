#include "kernel/info.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "kernel/privileges.h"

namespace tcptrail {
namespace {

std::string usable_or_why(const Ability &ability) {
    return ability.usable ? "usable" : "not usable: " + ability.reason;
}

// "fentry tcp_connect, fexit tcp_v4_connect"
std::string names_of(const Way &way) {
    if (way.hooks.empty())
        return "the change to SYN_SENT in inet_sock_set_state";
    std::string names;
    for (const Hook &hook : way.hooks)
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", mechanism_name(hook.mechanism),
                             hook.target);
    return names;
}

bool uses(const Way &way, const Hook &hook) {
    return std::any_of(way.hooks.begin(), way.hooks.end(), [&](const Hook &used) {
        return used.mechanism == hook.mechanism && used.target == hook.target;
    });
}

std::string status_of(const KernelFacts &facts, const Attached &attached, const Hook &hook,
                      bool running) {
    if (attached.way != nullptr && uses(*attached.way, hook))
        return attached.choice->purpose->on_demand ? "armed on demand"
               : running                           ? "attached"
                                                   : "usable";
    for (const Rejected &failed : attached.failed) {
        if (uses(*failed.way, hook))
            return "not used: " + failed.reason;
    }
    std::string reason = obstacle(facts, hook);
    if (!reason.empty())
        return "not used: " + reason;
    for (const Rejected &rejected : attached.choice->rejected) {
        if (uses(*rejected.way, hook))
            return "not used: " + rejected.reason;
    }
    if (attached.way == nullptr)
        return "not used";
    return "replaced by " + names_of(*attached.way);
}

void add_hooks(const KernelFacts &facts, const Attached &attached, bool running,
               std::vector<std::string> &lines) {
    std::vector<std::string> own;
    for (const Way &way : all_ways()) {
        if (way.fact != attached.choice->purpose->fact)
            continue;
        for (const Hook &hook : way.hooks) {
            std::string line = fmt::format("  {:<10} {:<27} {}", mechanism_name(hook.mechanism),
                                           hook.target, status_of(facts, attached, hook, running));
            if (std::find(own.begin(), own.end(), line) == own.end())
                own.push_back(std::move(line));
        }
    }
    std::move(own.begin(), own.end(), std::back_inserter(lines));
}

} // namespace

std::vector<std::string> hook_lines(const KernelFacts &facts, const std::vector<Attached> &attached,
                                    bool running) {
    std::vector<std::string> lines;
    for (const Attached &fact : attached) {
        const Purpose &purpose = *fact.choice->purpose;
        if (fact.way == nullptr)
            lines.push_back(fmt::format("{}: missing; lost: {}", purpose.name, purpose.lost));
        else if (!fact.way->lost.empty())
            lines.push_back(fmt::format("{}: by {}; not seen: {}", purpose.name,
                                        names_of(*fact.way), fact.way->lost));
        else
            lines.push_back(fmt::format("{}: by {}", purpose.name, names_of(*fact.way)));
        add_hooks(facts, fact, running, lines);
    }
    return lines;
}

std::string capability_line(const KernelFacts &facts, const std::vector<Choice> &choices) {
    const Capabilities needed = needed_to_start(facts, choices);
    const Capabilities missing = missing_of(needed);
    return fmt::format(
        "capabilities needed here: {}{}; kept while tracing: {}, and CAP_KILL with a COMMAND",
        names_of(needed), missing.empty() ? "" : "; missing: " + names_of(missing),
        names_of(needed_to_go_on(choices, false)));
}

std::vector<std::string> kernel_lines(const KernelFacts &facts) {
    return {
        "kernel:     " + facts.release,
        "BTF:        " + (facts.btf.usable ? "there" : facts.btf.reason),
        "privileges: " + (facts.bpf.usable ? "enough" : facts.bpf.reason),
        "lockdown:   " + facts.lockdown,
        "fentry:     " + usable_or_why(facts.fentry),
        "kprobe:     " + usable_or_why(facts.kprobe),
        "tracepoint: " + usable_or_why(facts.perf),
    };
}

} // namespace tcptrail
