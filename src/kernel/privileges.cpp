#include "kernel/privileges.h"

#include <linux/securebits.h>
#include <sys/capability.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iterator>
#include <memory>
#include <type_traits>

#include "kernel/perf.h"
#include "kernel/system_calls.h"

namespace tcptrail {
namespace {

struct Free {
    void operator()(void *pointer) const { cap_free(pointer); }
};

using State = std::unique_ptr<std::remove_pointer_t<cap_t>, Free>;

bool has(const State &state, cap_flag_t set, cap_value_t capability) {
    cap_flag_value_t value = CAP_CLEAR;
    return cap_get_flag(state.get(), capability, set, &value) == 0 && value == CAP_SET;
}

bool stood_in_by_admin(cap_value_t capability) {
    return capability == CAP_BPF || capability == CAP_PERFMON;
}

// Debian's kernels permit perf events to CAP_SYS_ADMIN only, as long as perf_event_paranoid is 3,
// their default. An event that counts nothing tells.
bool perf_takes_admin() {
    const State before(cap_get_proc());
    const State without(cap_dup(before.get()));
    const cap_value_t admin = CAP_SYS_ADMIN;
    cap_set_flag(without.get(), CAP_EFFECTIVE, 1, &admin, CAP_CLEAR);
    cap_set_proc(without.get());
    const bool opens = PerfEvent::dummy().error() == 0;
    cap_set_proc(before.get());
    return !opens;
}

bool takes_kprobes(const std::vector<Choice> &choices) {
    return takes(choices, Mechanism::kprobe) || takes(choices, Mechanism::kretprobe);
}

bool arms_kprobes(const std::vector<Choice> &choices) {
    return std::any_of(choices.begin(), choices.end(), [](const Choice &choice) {
        return choice.purpose->on_demand && takes_kprobes({choice});
    });
}

// Those of `wanted` that are there, or what stands in for them.
Capabilities held_of(const State &state, const Capabilities &wanted) {
    Capabilities held;
    for (const cap_value_t capability : wanted) {
        if (has(state, CAP_PERMITTED, capability))
            held.push_back(capability);
        else if (stood_in_by_admin(capability) && has(state, CAP_PERMITTED, CAP_SYS_ADMIN))
            held.push_back(CAP_SYS_ADMIN);
    }
    return held;
}

// What could come back by execve(2), and with user id 0: for those with CAP_SETPCAP to change.
void forget_all_others() {
    for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; capability++)
        cap_drop_bound(capability);
    cap_set_secbits((SECURE_ALL_BITS & ~SECBIT_KEEP_CAPS) | SECURE_ALL_LOCKS);
    cap_reset_ambient();
}

std::optional<Failure> keep_only(const Capabilities &kept) {
    const State before(cap_get_proc());
    const Capabilities held = held_of(before, kept);
    forget_all_others();
    const State after(cap_init());
    for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE})
        cap_set_flag(after.get(), set, static_cast<int>(held.size()), held.data(), CAP_SET);
    if (cap_set_proc(after.get()) != 0)
        return failure("cannot give up capabilities", errno);
    return std::nullopt;
}

} // namespace

Capabilities needed_to_start(const KernelFacts &facts, const std::vector<Choice> &choices) {
    Capabilities needed{CAP_BPF, CAP_PERFMON};
    const bool tracepoints = takes(choices, Mechanism::tracepoint);
    if (tracepoints || (takes_kprobes(choices) && perf_takes_admin()))
        needed.push_back(CAP_SYS_ADMIN); // for tracefs, which is to be mounted
    if (tracepoints)
        needed.push_back(CAP_DAC_READ_SEARCH); // for tracefs, which is root's
    if (facts.maps_are_limited)
        needed.push_back(CAP_SYS_RESOURCE); // to raise it
    return needed;
}

Capabilities missing_of(const Capabilities &needed) {
    const State state(cap_get_proc());
    Capabilities missing;
    std::copy_if(needed.begin(), needed.end(), std::back_inserter(missing),
                 [&](cap_value_t wanted) {
                     const bool owner = wanted == CAP_DAC_READ_SEARCH && geteuid() == 0;
                     return !owner && held_of(state, {wanted}).empty();
                 });
    return missing;
}

Capabilities needed_to_go_on(const std::vector<Choice> &choices, bool command) {
    Capabilities needed{CAP_BPF};
    if (arms_kprobes(choices)) {
        needed.push_back(CAP_PERFMON);
        if (perf_takes_admin())
            needed.push_back(CAP_SYS_ADMIN);
    }
    if (command)
        needed.push_back(CAP_KILL);
    return needed;
}

std::optional<Failure> drop_privileges(const Plan &plan, std::optional<pid_t> command,
                                       bool keyboard) {
    auto failed = keep_only(needed_to_go_on(plan.choices, command.has_value()));
    if (!failed)
        failed = allow_only(
            {.kprobes = arms_kprobes(plan.choices), .command = command, .keyboard = keyboard});
    return failed;
}

std::string names_of(const Capabilities &capabilities) {
    std::string names;
    for (const cap_value_t capability : capabilities) {
        const std::unique_ptr<char, Free> name(cap_to_name(capability));
        names += (names.empty() ? "" : ", ") + std::string(name.get());
    }
    std::transform(names.begin(), names.end(), names.begin(),
                   [](unsigned char letter) { return std::toupper(letter); });
    return names;
}

} // namespace tcptrail
