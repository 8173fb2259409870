// What --info and -v say of the hooks.
#include "catch.h"

#include <algorithm>

#include "kernel/info.h"
#include "kernels.h"

using namespace tcptrail;

namespace {

Plan planned(const KernelFacts &facts, Backend wanted = Backend::automatic) {
    const auto plan = make_plan(facts, wanted, false);
    if (const auto *failed = std::get_if<Failure>(&plan))
        FAIL("no plan: " << failed->message);
    return std::get<Plan>(plan);
}

// As if everything attached at the first attempt.
std::vector<Attached> attached(const Plan &plan) {
    std::vector<Attached> all;
    for (const Choice &choice : plan.choices)
        all.push_back({.choice = &choice,
                       .way = choice.ways.empty() ? nullptr : choice.ways.front(),
                       .failed = {}});
    return all;
}

std::vector<std::string> lines_for(const KernelFacts &facts, Backend wanted = Backend::automatic) {
    const Plan plan = planned(facts, wanted);
    return hook_lines(facts, attached(plan));
}

// The line of a purpose, up to the next purpose's.
std::vector<std::string> part(const std::vector<std::string> &lines, const std::string &purpose) {
    const auto first = std::find_if(lines.begin(), lines.end(), [&](const std::string &line) {
        return line.starts_with(purpose + ":");
    });
    const auto past =
        first == lines.end() ? first : std::find_if(first + 1, lines.end(), [](auto &line) {
            return !line.starts_with("  ");
        });
    return {first, past};
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("each hook of a fact is attached or replaced by what is") {
    CHECK(part(lines_for(able_kernel()), "accept") ==
          Lines{"accept: by fentry security_sock_graft",
                "  fentry     security_sock_graft         attached",
                "  kprobe     security_sock_graft         replaced by fentry security_sock_graft",
                "  fexit      inet_csk_accept             replaced by fentry security_sock_graft",
                "  kretprobe  inet_csk_accept             replaced by fentry security_sock_graft",
                "  tracepoint syscalls/sys_exit_accept    replaced by fentry security_sock_graft",
                "  tracepoint syscalls/sys_exit_accept4   replaced by fentry security_sock_graft"});
}

TEST_CASE("a hook that this kernel lacks says why") {
    const auto lines = part(lines_for(without_kprobes(without_fentry(able_kernel()))), "connect");
    CHECK(lines == Lines{"connect: by the change to SYN_SENT in inet_sock_set_state",
                         "  fentry     tcp_connect                 not used: no fentry here",
                         "  kprobe     tcp_connect                 not used: no kprobes here"});
}

TEST_CASE("a replacement that sees less says what it does not see") {
    const auto lines =
        part(lines_for(without_function(able_kernel(), "security_sock_graft")), "accept");
    REQUIRE(lines.size() > 1);
    CHECK(lines[0] == "accept: by fexit inet_csk_accept; not seen: accepts that already blocked "
                      "when tracing started; their owner is known when they close");
    CHECK(lines[1] == "  fentry     security_sock_graft         not used: this kernel has no "
                      "security_sock_graft");
}

TEST_CASE("a fact without any hook is missing, with what is lost") {
    const auto lines =
        part(lines_for(without_kprobes(without_fentry(able_kernel()))), "passed descriptor");
    REQUIRE_FALSE(lines.empty());
    CHECK(lines[0] == "passed descriptor: missing; lost: that a descriptor's receiver serves, "
                      "until it closes the socket");
}

TEST_CASE("the hooks that see who moves bytes are armed on demand") {
    const auto lines = part(lines_for(able_kernel()), "who moves bytes");
    REQUIRE(lines.size() > 2);
    CHECK(lines[1] == "  tp_btf     sock_send_length            armed on demand");
    CHECK(lines[2] == "  tp_btf     sock_recv_length            armed on demand");
}

TEST_CASE("a hook that several ways share is told once") {
    const auto lines = part(lines_for(able_kernel()), "who moves bytes");
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string &line) {
              return line.find("tcp_rcv_space_adjust") != std::string::npos;
          }) == 1);
}

TEST_CASE("a hook that was refused when it was attached says why, and what stands in") {
    const KernelFacts facts = without_fentry(able_kernel());
    const Plan plan = planned(facts, Backend::kprobe);
    auto all = attached(plan);
    for (Attached &one : all) {
        if (one.choice->purpose->fact != Fact::accept)
            continue;
        REQUIRE(one.choice->ways.size() == 2);
        one.failed.push_back({one.choice->ways[0], "kprobe on security_sock_graft: busy"});
        one.way = one.choice->ways[1];
    }
    const auto lines = part(hook_lines(facts, all), "accept");
    REQUIRE(lines.size() == 7);
    CHECK(lines[0].starts_with("accept: by kretprobe inet_csk_accept; not seen: "));
    CHECK(lines[2] == "  kprobe     security_sock_graft         not used: kprobe on "
                      "security_sock_graft: busy");
    CHECK(lines[4] == "  kretprobe  inet_csk_accept             attached");
}

TEST_CASE("a hook that only another backend has was not asked for") {
    const auto lines = part(lines_for(able_kernel(), Backend::tracepoint), "passed descriptor");
    REQUIRE(lines.size() == 3);
    CHECK(lines[1] == "  fentry     security_file_receive       not used: not asked for");
    CHECK(lines[2] == "  kprobe     security_file_receive       not used: not asked for");
}

TEST_CASE("every hook of the plan is named") {
    const auto lines = lines_for(able_kernel());
    for (const Way &way : all_ways()) {
        if (way.fact == Fact::exit)
            continue;
        for (const Hook &hook : way.hooks) {
            INFO(hook.target);
            CHECK(std::any_of(lines.begin(), lines.end(), [&](const std::string &line) {
                return line.find(std::string(hook.target) + " ") != std::string::npos;
            }));
        }
    }
}

TEST_CASE("of the kernel it says what there is, and what is in the way of the rest") {
    KernelFacts facts = without_kprobes(able_kernel());
    facts.lockdown = "integrity";
    CHECK(kernel_lines(facts) ==
          Lines{"kernel:     6.1.0-test", "BTF:        there", "privileges: enough",
                "lockdown:   integrity", "fentry:     usable",
                "kprobe:     not usable: no kprobes here", "tracepoint: usable"});
    facts.btf = {false, "no BTF in this kernel"};
    facts.bpf = {false, "not root"};
    CHECK(kernel_lines(facts)[1] == "BTF:        no BTF in this kernel");
    CHECK(kernel_lines(facts)[2] == "privileges: not root");
}
