#include "kernel/hooks.h"

#include <array>

namespace tcptrail {
namespace {

using enum Mechanism;

constexpr Hook connect_fentry[] = {{"connect_fentry", fentry, "tcp_connect"}};
constexpr Hook connect_kprobe[] = {{"connect_kprobe", kprobe, "tcp_connect"}};

constexpr Hook failure_fexit[] = {
    {"fail4_fexit", fexit, "tcp_v4_connect"},
    {"fail6_fexit", fexit, "tcp_v6_connect"},
};
constexpr Hook failure_kprobe[] = {
    {"fail4_kprobe", kprobe, "tcp_v4_connect"},
    {"fail6_kprobe", kprobe, "tcp_v6_connect"},
    {"fail4_kretprobe", kretprobe, "tcp_v4_connect"},
    {"fail6_kretprobe", kretprobe, "tcp_v6_connect"},
};
constexpr Hook failure_syscall[] = {
    {"connect_enter", tracepoint, "syscalls/sys_enter_connect"},
    {"connect_exit", tracepoint, "syscalls/sys_exit_connect"},
};

constexpr Hook accept_graft_fentry[] = {{"graft_fentry", fentry, "security_sock_graft"}};
constexpr Hook accept_graft_kprobe[] = {{"graft_kprobe", kprobe, "security_sock_graft"}};
constexpr Hook accept_fexit[] = {{"accept_fexit", fexit, "inet_csk_accept"}};
constexpr Hook accept_kretprobe[] = {{"accept_kretprob", kretprobe, "inet_csk_accept"}};
constexpr Hook accept_syscall[] = {
    {"accept_exit", tracepoint, "syscalls/sys_exit_accept"},
    {"accept4_exit", tracepoint, "syscalls/sys_exit_accept4"},
};

constexpr Hook state_tp_btf[] = {{"state_tp_btf", tp_btf, "inet_sock_set_state"}};
constexpr Hook state_perf[] = {{"state_tp", tracepoint, "sock/inet_sock_set_state"}};

constexpr Hook fork_tp_btf[] = {{"fork_tp_btf", tp_btf, "sched_process_fork"}};
constexpr Hook exit_tp_btf[] = {{"exit_tp_btf", tp_btf, "sched_process_exit"}};

constexpr Hook pass_fentry[] = {{"pass_fentry", fentry, "security_file_receive"}};
constexpr Hook pass_kprobe[] = {{"pass_kprobe", kprobe, "security_file_receive"}};

constexpr Hook serve_lengths[] = {
    {"send_tp_btf", tp_btf, "sock_send_length"},
    {"recv_tp_btf", tp_btf, "sock_recv_length"},
};
constexpr Hook serve_fentry[] = {
    {"read_tp_btf", tp_btf, "tcp_rcv_space_adjust"},
    {"send_fentry", fentry, "tcp_sendmsg"},
};
constexpr Hook serve_lookup[] = {
    {"read_tp_btf", tp_btf, "tcp_rcv_space_adjust"},
    {"send_kprobe", kprobe, "tcp_sendmsg"},
    {"lookup_kretprob", kretprobe, "sockfd_lookup_light"},
};
constexpr Hook serve_kprobe[] = {
    {"read_tp_btf", tp_btf, "tcp_rcv_space_adjust"},
    {"send_kprobe", kprobe, "tcp_sendmsg"},
};
constexpr Hook serve_reads[] = {{"read_tp_btf", tp_btf, "tcp_rcv_space_adjust"}};

constexpr std::string_view blocked_accepts =
    "accepts that already blocked when tracing started; their owner is known when they close";
constexpr std::string_view too_many_accepts =
    "accepts that already blocked when tracing started, and some of many that block at once; "
    "their owner is known when they close";
constexpr std::string_view io_uring = "io_uring's accepts; their owner is known when they close";
constexpr std::string_view only_reads =
    "a process that only writes to a shared socket, until it closes it";

constexpr Way ways[] = {
    {Fact::connect, Backend::fentry, connect_fentry, ""},
    {Fact::connect, Backend::kprobe, connect_kprobe, ""},
    {Fact::connect, Backend::tracepoint, {}, ""}, // from the state's change to SYN_SENT
    {Fact::connect_failure, Backend::fentry, failure_fexit, ""},
    {Fact::connect_failure, Backend::kprobe, failure_kprobe, ""},
    {Fact::connect_failure, Backend::tracepoint, failure_syscall, ""},
    {Fact::accept, Backend::fentry, accept_graft_fentry, ""},
    {Fact::accept, Backend::kprobe, accept_graft_kprobe, ""},
    {Fact::accept, Backend::fentry, accept_fexit, blocked_accepts},
    {Fact::accept, Backend::kprobe, accept_kretprobe, too_many_accepts},
    {Fact::accept, Backend::tracepoint, accept_syscall, io_uring},
    {Fact::state, Backend::automatic, state_tp_btf, ""},
    {Fact::state, Backend::automatic, state_perf, ""},
    {Fact::fork, Backend::automatic, fork_tp_btf, ""},
    {Fact::pass, Backend::fentry, pass_fentry, ""},
    {Fact::pass, Backend::kprobe, pass_kprobe, ""},
    {Fact::serve, Backend::automatic, serve_lengths, ""},
    {Fact::serve, Backend::fentry, serve_fentry, ""},
    {Fact::serve, Backend::kprobe, serve_lookup, ""},
    {Fact::serve, Backend::kprobe, serve_kprobe, ""},
    {Fact::serve, Backend::automatic, serve_reads, only_reads},
    {Fact::exit, Backend::automatic, exit_tp_btf, ""},
};

constexpr Purpose purposes[] = {
    // First, so that nothing is seen opening whose close is not.
    {Fact::state, "close", true, false, "closes"},
    {Fact::connect, "connect", true, false, "connects"},
    {Fact::connect_failure, "failed connect", false, false,
     "connects that fail before a SYN leaves (no route)"},
    {Fact::accept, "accept", false, false, "accepts; owners of servers are known when they close"},
    {Fact::fork, "forked worker", false, false,
     "that a forked worker serves, until it closes the socket"},
    {Fact::pass, "passed descriptor", false, false,
     "that a descriptor's receiver serves, until it closes the socket"},
    {Fact::serve, "who moves bytes", false, true,
     "which of several holders serves a socket, until it is closed"},
    {Fact::exit, "end of a followed process", false, false, "that followed processes ended"},
};

} // namespace

std::string_view mechanism_name(Mechanism mechanism) {
    static constexpr std::array<std::string_view, 6> names = {"fentry",    "fexit",  "kprobe",
                                                              "kretprobe", "tp_btf", "tracepoint"};
    return names[static_cast<std::size_t>(mechanism)];
}

std::span<const Way> all_ways() {
    return ways;
}
std::span<const Purpose> all_purposes() {
    return purposes;
}

} // namespace tcptrail
