// Which hooks are taken, from what a kernel can do and the user asked.
#include "catch.h"

#include "kernel/plan.h"
#include "kernels.h"

using namespace tcptrail;

namespace {

Plan planned(const KernelFacts &facts, Backend wanted = Backend::automatic, bool follow = false) {
    const auto plan = make_plan(facts, wanted, follow);
    if (const auto *failed = std::get_if<Failure>(&plan))
        FAIL("no plan: " << failed->message);
    return std::get<Plan>(plan);
}

std::string refusal(const KernelFacts &facts, Backend wanted = Backend::automatic) {
    const auto plan = make_plan(facts, wanted, false);
    return std::holds_alternative<Failure>(plan) ? std::get<Failure>(plan).message : "";
}

// "kprobe tcp_v4_connect + kretprobe tcp_v4_connect", "state" for the way without hooks.
std::string text_of(const Way &way) {
    std::string text;
    for (const Hook &hook : way.hooks)
        text += (text.empty() ? "" : " + ") + std::string(mechanism_name(hook.mechanism)) + " " +
                std::string(hook.target);
    return text.empty() ? "state" : text;
}

std::vector<std::string> ways_to(const Plan &plan, Fact fact) {
    std::vector<std::string> texts;
    for (const Way *way : plan.of(fact).ways)
        texts.push_back(text_of(*way));
    return texts;
}

using Ways = std::vector<std::string>;

const std::string failure_fexit = "fexit tcp_v4_connect + fexit tcp_v6_connect";
const std::string failure_kprobe = "kprobe tcp_v4_connect + kprobe tcp_v6_connect + "
                                   "kretprobe tcp_v4_connect + kretprobe tcp_v6_connect";
const std::string failure_syscall =
    "tracepoint syscalls/sys_enter_connect + tracepoint syscalls/sys_exit_connect";
const std::string accept_syscall =
    "tracepoint syscalls/sys_exit_accept + tracepoint syscalls/sys_exit_accept4";

// As the development machine: BPF and BTF, neither trampolines nor kprobes.
KernelFacts plain_kernel() {
    return without_kprobes(without_fentry(able_kernel()));
}

} // namespace

TEST_CASE("a kernel that can do everything is traced by fentry") {
    const Plan plan = planned(able_kernel());
    CHECK(plan.backend == Backend::fentry);
    CHECK(ways_to(plan, Fact::connect) == Ways{"fentry tcp_connect"});
    CHECK(ways_to(plan, Fact::connect_failure) == Ways{failure_fexit});
    CHECK(ways_to(plan, Fact::accept) == Ways{"fentry security_sock_graft"});
    CHECK(ways_to(plan, Fact::state) == Ways{"tp_btf inet_sock_set_state"});
    CHECK(ways_to(plan, Fact::fork) == Ways{"tp_btf sched_process_fork"});
    CHECK(ways_to(plan, Fact::pass) == Ways{"fentry security_file_receive"});
    CHECK(ways_to(plan, Fact::serve) == Ways{"tp_btf sock_send_length + tp_btf sock_recv_length"});
}

TEST_CASE("without trampolines kprobes do it, and the next best stands by") {
    const Plan plan = planned(without_fentry(able_kernel()));
    CHECK(plan.backend == Backend::kprobe);
    CHECK(ways_to(plan, Fact::connect).front() == "kprobe tcp_connect");
    CHECK(ways_to(plan, Fact::connect_failure) == Ways{failure_kprobe, failure_syscall});
    CHECK(ways_to(plan, Fact::accept) ==
          Ways{"kprobe security_sock_graft", "kretprobe inet_csk_accept", accept_syscall});
    CHECK(ways_to(plan, Fact::pass) == Ways{"kprobe security_file_receive"});
}

TEST_CASE("without both the state machine and the system calls do it") {
    const Plan plan = planned(plain_kernel());
    CHECK(plan.backend == Backend::tracepoint);
    CHECK(ways_to(plan, Fact::connect) == Ways{"state"});
    CHECK(ways_to(plan, Fact::connect_failure) == Ways{failure_syscall});
    CHECK(ways_to(plan, Fact::accept) == Ways{accept_syscall});
    CHECK(ways_to(plan, Fact::state) == Ways{"tp_btf inet_sock_set_state"});
    CHECK(ways_to(plan, Fact::pass).empty());
    CHECK(plan.of(Fact::pass).rejected.size() == 2);
}

TEST_CASE("without perf events either closes and connects are still traced") {
    const Plan plan = planned(without_perf(plain_kernel()));
    CHECK(ways_to(plan, Fact::connect) == Ways{"state"});
    CHECK(ways_to(plan, Fact::state) == Ways{"tp_btf inet_sock_set_state"});
    CHECK(ways_to(plan, Fact::accept).empty());
    CHECK(ways_to(plan, Fact::connect_failure).empty());
    CHECK(plan.of(Fact::accept).rejected.back().reason == "no perf events here");
}

TEST_CASE("an end of a process is of interest only where a command is followed") {
    const auto knows = [](const Plan &plan, Fact fact) {
        return std::any_of(plan.choices.begin(), plan.choices.end(),
                           [&](const Choice &choice) { return choice.purpose->fact == fact; });
    };
    CHECK_FALSE(knows(planned(able_kernel()), Fact::exit));
    const Plan plan = planned(able_kernel(), Backend::automatic, true);
    CHECK(ways_to(plan, Fact::exit) == Ways{"tp_btf sched_process_exit"});
}

TEST_CASE("a backend that is asked for is taken, and no other") {
    const KernelFacts facts = able_kernel();
    CHECK(ways_to(planned(facts, Backend::fentry), Fact::connect) == Ways{"fentry tcp_connect"});
    const Plan kprobes = planned(facts, Backend::kprobe);
    CHECK(kprobes.backend == Backend::kprobe);
    CHECK(ways_to(kprobes, Fact::connect) == Ways{"kprobe tcp_connect"});
    CHECK(ways_to(kprobes, Fact::accept) ==
          Ways{"kprobe security_sock_graft", "kretprobe inet_csk_accept"});
    const Plan tracepoints = planned(facts, Backend::tracepoint);
    CHECK(tracepoints.backend == Backend::tracepoint);
    CHECK(ways_to(tracepoints, Fact::connect) == Ways{"state"});
    CHECK(ways_to(tracepoints, Fact::accept) == Ways{accept_syscall});
    CHECK(ways_to(tracepoints, Fact::pass).empty());
}

TEST_CASE("close comes from the state machine in every backend") {
    for (const Backend backend : {Backend::fentry, Backend::kprobe, Backend::tracepoint})
        CHECK(ways_to(planned(able_kernel(), backend), Fact::state) ==
              Ways{"tp_btf inet_sock_set_state"});
}

TEST_CASE("where tracepoint programs may be preempted the perf event tells the state") {
    KernelFacts facts = able_kernel();
    facts.tracepoints_preemptible = true;
    CHECK(ways_to(planned(facts), Fact::state).front() == "tracepoint sock/inet_sock_set_state");
    CHECK(ways_to(planned(facts), Fact::fork) == Ways{"tp_btf sched_process_fork"});
    CHECK(ways_to(planned(without_perf(facts)), Fact::state) == Ways{"tp_btf inet_sock_set_state"});
}

TEST_CASE("a function that this kernel lacks is replaced") {
    const KernelFacts no_graft = without_function(able_kernel(), "security_sock_graft");
    CHECK(ways_to(planned(no_graft), Fact::accept) == Ways{"fexit inet_csk_accept"});
    CHECK(ways_to(planned(no_graft, Backend::kprobe), Fact::accept) ==
          Ways{"kretprobe inet_csk_accept"});
    const KernelFacts no_accept = without_function(no_graft, "inet_csk_accept");
    CHECK(ways_to(planned(no_accept), Fact::accept) == Ways{accept_syscall});
}

TEST_CASE("a way is taken with all its hooks or not at all") {
    const Plan plan = planned(without_function(able_kernel(), "tcp_v6_connect"));
    CHECK(ways_to(plan, Fact::connect_failure) == Ways{failure_syscall});
    CHECK(ways_to(plan, Fact::connect) == Ways{"fentry tcp_connect"});
}

TEST_CASE("who moves bytes is told by the next best that is there") {
    KernelFacts facts = without_tracepoint(able_kernel(), "sock_send_length");
    CHECK(ways_to(planned(facts), Fact::serve) ==
          Ways{"tp_btf tcp_rcv_space_adjust + fentry tcp_sendmsg"});
    facts = without_fentry(facts);
    CHECK(ways_to(planned(facts), Fact::serve) ==
          Ways{"tp_btf tcp_rcv_space_adjust + kprobe tcp_sendmsg + kretprobe sockfd_lookup_light",
               "tp_btf tcp_rcv_space_adjust + kprobe tcp_sendmsg", "tp_btf tcp_rcv_space_adjust"});
    facts = without_kprobes(facts);
    CHECK(ways_to(planned(facts), Fact::serve) == Ways{"tp_btf tcp_rcv_space_adjust"});
    CHECK(ways_to(planned(without_tracepoint(facts, "tcp_rcv_space_adjust")), Fact::serve).empty());
}

TEST_CASE("a hook that is forbidden is not taken") {
    const Plan plan = planned(denying(able_kernel(), "security_sock_graft"));
    CHECK(ways_to(plan, Fact::accept) == Ways{"fexit inet_csk_accept"});
    const auto &rejected = plan.of(Fact::accept).rejected;
    REQUIRE_FALSE(rejected.empty());
    CHECK(rejected.front().reason == "forbidden by TCPTRAIL_DENY");
}

TEST_CASE("every way that is not taken has a reason") {
    for (const Backend backend :
         {Backend::automatic, Backend::fentry, Backend::kprobe, Backend::tracepoint}) {
        const Plan plan = planned(able_kernel(), backend);
        for (const Choice &choice : plan.choices)
            for (const Rejected &rejected : choice.rejected)
                CHECK_FALSE(rejected.reason.empty());
    }
}

TEST_CASE("only what is missing or forbidden is an obstacle") {
    const Hook fentry{"", Mechanism::fentry, "tcp_connect"};
    const Hook kprobe{"", Mechanism::kprobe, "tcp_connect"};
    const Hook state{"", Mechanism::tp_btf, "inet_sock_set_state"};
    const Hook event{"", Mechanism::tracepoint, "sock/inet_sock_set_state"};
    const KernelFacts facts = able_kernel();
    for (const Hook &hook : {fentry, kprobe, state, event})
        CHECK(obstacle(facts, hook).empty());
    CHECK(obstacle(without_fentry(facts), fentry) == "no fentry here");
    CHECK(obstacle(without_fentry(facts), kprobe).empty());
    CHECK(obstacle(without_kprobes(facts), kprobe) == "no kprobes here");
    CHECK(obstacle(without_perf(facts), event) == "no perf events here");
    CHECK(obstacle(without_function(facts, "tcp_connect"), fentry) ==
          "this kernel has no tcp_connect");
    CHECK(obstacle(without_tracepoint(facts, "inet_sock_set_state"), state) ==
          "this kernel has no tracepoint inet_sock_set_state");
}

TEST_CASE("a connect by the state machine does not stand by: it is configured before loading") {
    const Plan plan = planned(without_fentry(able_kernel()));
    CHECK(ways_to(plan, Fact::connect) == Ways{"kprobe tcp_connect"});
}

TEST_CASE("without privileges or type information there is no plan, and it says why") {
    KernelFacts facts = able_kernel();
    facts.btf = {false, "no BTF in this kernel"};
    CHECK(refusal(facts) == "no BTF in this kernel");
    facts.bpf = {false, "not root"};
    CHECK(refusal(facts) == "not root");
}

TEST_CASE("a backend that this kernel lacks is refused with the reason and a way out") {
    CHECK(refusal(without_fentry(able_kernel()), Backend::fentry) ==
          "--probes fentry: no fentry here; --probes auto takes what is there");
    CHECK(refusal(without_kprobes(able_kernel()), Backend::kprobe) ==
          "--probes kprobe: no kprobes here; --probes auto takes what is there");
    CHECK(refusal(without_perf(able_kernel()), Backend::tracepoint) ==
          "--probes tracepoint: no perf events here; --probes auto takes what is there");
}

TEST_CASE("without a hook for closes there is no plan") {
    const KernelFacts facts =
        without_perf(without_tracepoint(able_kernel(), "inet_sock_set_state"));
    CHECK(refusal(facts) == "no hook for closes: this kernel has no tracepoint "
                            "inet_sock_set_state; tcptrail --info lists what this kernel offers");
}

TEST_CASE("the reason for a missing hook is that of the backend that was asked for") {
    const KernelFacts facts = without_function(able_kernel(), "tcp_connect");
    const std::string expected = "no hook for connects: this kernel has no tcp_connect; "
                                 "tcptrail --info lists what this kernel offers";
    CHECK(refusal(facts, Backend::fentry) == expected);
    CHECK(refusal(facts, Backend::kprobe) == expected);
}

TEST_CASE("each backend is called as the user calls it") {
    CHECK(backend_name(Backend::automatic) == "auto");
    CHECK(backend_name(Backend::fentry) == "fentry");
    CHECK(backend_name(Backend::kprobe) == "kprobe");
    CHECK(backend_name(Backend::tracepoint) == "tracepoint");
}

TEST_CASE("a program has a name that the kernel keeps whole, and only one kind of hook") {
    for (const Way &way : all_ways()) {
        for (const Hook &hook : way.hooks) {
            INFO(hook.program);
            CHECK(hook.program.size() <= 15);
            for (const Way &other : all_ways())
                for (const Hook &same : other.hooks)
                    CHECK((same.program != hook.program ||
                           (same.mechanism == hook.mechanism && same.target == hook.target)));
        }
    }
}

TEST_CASE("where a trampoline attaches only once, none is armed on demand") {
    KernelFacts facts = without_tracepoint(able_kernel(), "sock_send_length");
    facts.fentry_again = false;
    CHECK(ways_to(planned(facts), Fact::connect) == Ways{"fentry tcp_connect"});
    for (const std::string &way : ways_to(planned(facts), Fact::serve))
        CHECK(way.find("fentry") == std::string::npos);
    CHECK(ways_to(planned(facts, Backend::fentry), Fact::serve) ==
          Ways{"tp_btf tcp_rcv_space_adjust"});
}
