#include "kernel/plan.h"

#include <algorithm>

namespace tcptrail {
namespace {

bool is_kprobe(const Hook &hook) {
    return hook.mechanism == Mechanism::kprobe || hook.mechanism == Mechanism::kretprobe;
}

const Ability &ability_of(const KernelFacts &facts, Backend backend) {
    switch (backend) {
    case Backend::fentry:
        return facts.fentry;
    case Backend::kprobe:
        return facts.kprobe;
    default:
        return facts.perf;
    }
}

bool belongs(const Way &way, Backend wanted) {
    return wanted == Backend::automatic || way.backend == Backend::automatic ||
           way.backend == wanted;
}

bool is_trampoline(const Hook &hook) {
    return hook.mechanism == Mechanism::fentry || hook.mechanism == Mechanism::fexit;
}

std::string first_obstacle(const KernelFacts &facts, const Purpose &purpose, const Way &way) {
    for (const Hook &hook : way.hooks) {
        if (purpose.on_demand && !facts.fentry_again && is_trampoline(hook))
            return "in this kernel a trampoline attaches only once";
        std::string reason = obstacle(facts, hook);
        if (!reason.empty())
            return reason;
    }
    return "";
}

// A kprobe's symbol may turn out not to be there, a perf event not to be permitted; everything
// else was asked before.
bool may_fail(const Way &way) {
    return std::any_of(way.hooks.begin(), way.hooks.end(), [](const Hook &hook) {
        return is_kprobe(hook) || hook.mechanism == Mechanism::tracepoint;
    });
}

// Without hooks of its own a way is a matter of configuration, before anything is attached.
bool may_follow(const Way &way, const Choice &choice) {
    return choice.ways.empty() || (may_fail(*choice.ways.back()) && !way.hooks.empty());
}

const Rejected &first_reason(const Choice &choice, Backend wanted) {
    return *std::find_if(choice.rejected.begin(), choice.rejected.end(),
                         [&](const Rejected &rejected) { return belongs(*rejected.way, wanted); });
}

Choice choose(const KernelFacts &facts, Backend wanted, const Purpose &purpose) {
    Choice choice{.purpose = &purpose, .ways = {}, .rejected = {}};
    std::vector<const Way *> usable;
    for (const Way &way : all_ways()) {
        if (way.fact != purpose.fact)
            continue;
        if (!belongs(way, wanted)) {
            choice.rejected.push_back({&way, "not asked for"});
            continue;
        }
        std::string reason = first_obstacle(facts, purpose, way);
        if (reason.empty())
            usable.push_back(&way);
        else
            choice.rejected.push_back({&way, std::move(reason)});
    }
    // There the perf event is skipped less often (on 7.2 a third), and costs a little more.
    if (purpose.fact == Fact::state && facts.tracepoints_preemptible)
        std::reverse(usable.begin(), usable.end());
    for (const Way *way : usable) {
        if (may_follow(*way, choice))
            choice.ways.push_back(way);
    }
    return choice;
}

} // namespace

const Choice &Plan::of(Fact fact) const {
    return *std::find_if(choices.begin(), choices.end(),
                         [&](const Choice &choice) { return choice.purpose->fact == fact; });
}

std::string_view backend_name(Backend backend) {
    static constexpr std::array<std::string_view, 4> names = {"auto", "fentry", "kprobe",
                                                              "tracepoint"};
    return names[static_cast<std::size_t>(backend)];
}

std::string obstacle(const KernelFacts &facts, const Hook &hook) {
    const std::string target(hook.target);
    if (facts.denied.contains(target))
        return "forbidden by TCPTRAIL_DENY";
    switch (hook.mechanism) {
    case Mechanism::fentry:
    case Mechanism::fexit:
        if (!facts.fentry.usable)
            return facts.fentry.reason;
        return facts.has_function(target) ? "" : "this kernel has no " + target;
    case Mechanism::kprobe:
    case Mechanism::kretprobe:
        if (!facts.kprobe.usable)
            return facts.kprobe.reason;
        return facts.has_function(target) || facts.symbols.contains(target)
                   ? ""
                   : "this kernel has no " + target;
    case Mechanism::tp_btf:
        return facts.has_tracepoint(target) ? "" : "this kernel has no tracepoint " + target;
    case Mechanism::tracepoint:
        if (!facts.perf.usable)
            return facts.perf.reason;
        return facts.tracepoints.contains(target) ? "" : "this kernel has no tracepoint " + target;
    }
    return "";
}

std::vector<Choice> choose_all(const KernelFacts &facts, Backend wanted, bool follow) {
    std::vector<Choice> choices;
    for (const Purpose &purpose : all_purposes()) {
        if (purpose.fact != Fact::exit || follow)
            choices.push_back(choose(facts, wanted, purpose));
    }
    return choices;
}

bool takes(const std::vector<Choice> &choices, Mechanism mechanism) {
    for (const Choice &choice : choices) {
        for (const Way *way : choice.ways) {
            if (std::any_of(way->hooks.begin(), way->hooks.end(),
                            [&](const Hook &hook) { return hook.mechanism == mechanism; }))
                return true;
        }
    }
    return false;
}

Result<Plan> make_plan(const KernelFacts &facts, Backend wanted, bool follow) {
    if (!facts.bpf.usable)
        return Failure{facts.bpf.reason};
    if (!facts.btf.usable)
        return Failure{facts.btf.reason};
    if (wanted != Backend::automatic && !ability_of(facts, wanted).usable)
        return Failure{"--probes " + std::string(backend_name(wanted)) + ": " +
                       ability_of(facts, wanted).reason + "; --probes auto takes what is there"};
    Plan plan{.choices = choose_all(facts, wanted, follow), .backend = {}};
    for (const Choice &choice : plan.choices) {
        if (choice.purpose->required && choice.ways.empty())
            return Failure{"no hook for " + std::string(choice.purpose->lost) + ": " +
                           first_reason(choice, wanted).reason +
                           "; tcptrail --info lists what this kernel offers"};
    }
    plan.backend = plan.of(Fact::connect).ways.front()->backend;
    return plan;
}

} // namespace tcptrail
