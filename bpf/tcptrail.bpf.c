// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The programs: each only calls a handler. Named <event>_<mechanism>, 15 characters at most.
 * All are optional; src/kernel/plan.cpp chooses which are loaded.
 */
#include "kernel.h"
#include "on_accept.h"
#include "on_connect.h"
#include "on_share.h"
#include "on_snapshot.h"
#include "on_state.h"
#include "on_syscall.h"
#include "on_walk.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("?fentry/tcp_connect")
int BPF_PROG(connect_fentry, struct sock *sk)
{
	struct tcp_ref s = typed_ref(sk);

	if (s.tp)
		on_connect(s);
	return 0;
}

SEC("?kprobe/tcp_connect")
int BPF_KPROBE(connect_kprobe, struct sock *sk)
{
	on_connect(probed_ref(sk));
	return 0;
}

SEC("?fexit/tcp_v4_connect")
int BPF_PROG(fail4_fexit, struct sock *sk, void *uaddr, int len, int ret)
{
	struct tcp_ref s = typed_ref(sk);

	if (s.tp)
		on_kernel_connect_return(s, uaddr, ret);
	return 0;
}

SEC("?fexit/tcp_v6_connect")
int BPF_PROG(fail6_fexit, struct sock *sk, void *uaddr, int len, int ret)
{
	struct tcp_ref s = typed_ref(sk);

	if (s.tp)
		on_kernel_connect_return(s, uaddr, ret);
	return 0;
}

SEC("?kprobe/tcp_v4_connect")
int BPF_KPROBE(fail4_kprobe, struct sock *sk, void *uaddr)
{
	remember_call(sk, (__u64)uaddr);
	return 0;
}

SEC("?kprobe/tcp_v6_connect")
int BPF_KPROBE(fail6_kprobe, struct sock *sk, void *uaddr)
{
	remember_call(sk, (__u64)uaddr);
	return 0;
}

SEC("?kretprobe/tcp_v4_connect")
int BPF_KRETPROBE(fail4_kretprobe, int ret)
{
	on_remembered_return(ret);
	return 0;
}

SEC("?kretprobe/tcp_v6_connect")
int BPF_KRETPROBE(fail6_kretprobe, int ret)
{
	on_remembered_return(ret);
	return 0;
}

SEC("?tracepoint")
int connect_enter(struct sys_enter_args *ctx)
{
	on_connect_call(ctx->args[0], ctx->args[1]);
	return 0;
}

SEC("?tracepoint")
int connect_exit(struct sys_exit_args *ctx)
{
	on_connect_call_return(ctx->ret);
	return 0;
}

SEC("?fentry/security_sock_graft")
int BPF_PROG(graft_fentry, struct sock *sk)
{
	struct tcp_ref s = typed_ref(sk);

	if (s.tp)
		on_accept(s);
	return 0;
}

SEC("?kprobe/security_sock_graft")
int BPF_KPROBE(graft_kprobe, struct sock *sk)
{
	if (is_tcp(sk))
		on_accept(probed_ref(sk));
	return 0;
}

/*
 * The arguments of inet_csk_accept() became fewer in 6.10 (commit 92ef0fd55ac8), and with them
 * the place of its return value; the wrong place would load without a word.
 */
SEC("?fexit/inet_csk_accept")
int accept_fexit(__u64 *ctx)
{
	struct sock *sk;

	if (bpf_core_type_exists(struct proto_accept_arg))
		sk = (struct sock *)ctx[2];
	else
		sk = (struct sock *)ctx[4];
	if (sk)
		on_accept(probed_ref(sk));
	return 0;
}

SEC("?kretprobe/inet_csk_accept")
int BPF_KRETPROBE(accept_kretprob, struct sock *sk)
{
	if (sk)
		on_accept(probed_ref(sk));
	return 0;
}

/* One for accept(2), one for accept4(2): a perf tracepoint is attached once. */
SEC("?tracepoint")
int accept_exit(struct sys_exit_args *ctx)
{
	on_accept_call_return(ctx->ret);
	return 0;
}

SEC("?tracepoint")
int accept4_exit(struct sys_exit_args *ctx)
{
	on_accept_call_return(ctx->ret);
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(state_tp_btf, const struct sock *sk, int old_state, int new_state)
{
	struct tcp_ref s;

	if (!is_of_interest(new_state))
		return 0;
	s = typed_ref(sk);
	if (s.tp)
		on_state(s, old_state, new_state);
	return 0;
}

SEC("?tracepoint")
int state_tp(struct set_state_args *ctx)
{
	if (ctx->protocol == IPPROTO_TCP && is_of_interest(ctx->newstate))
		on_state(probed_ref(ctx->skaddr), ctx->oldstate, ctx->newstate);
	return 0;
}

SEC("?tp_btf/sched_process_fork")
int BPF_PROG(fork_tp_btf, struct task_struct *parent, struct task_struct *child)
{
	on_fork(parent, child);
	return 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(exit_tp_btf, struct task_struct *task)
{
	on_exit(task);
	return 0;
}

SEC("?fentry/security_file_receive")
int BPF_PROG(pass_fentry, struct file *file)
{
	on_file_received(file);
	return 0;
}

SEC("?kprobe/security_file_receive")
int BPF_KPROBE(pass_kprobe, struct file *file)
{
	on_file_received(file);
	return 0;
}

SEC("?tp_btf/sock_send_length")
int BPF_PROG(send_tp_btf, struct sock *sk, int ret)
{
	if (ret > 0)
		on_bytes(sk);
	return 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(recv_tp_btf, struct sock *sk, int ret)
{
	if (ret > 0)
		on_bytes(sk);
	return 0;
}

SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(read_tp_btf, struct sock *sk)
{
	on_bytes(sk);
	return 0;
}

SEC("?fentry/tcp_sendmsg")
int BPF_PROG(send_fentry, struct sock *sk)
{
	on_bytes(sk);
	return 0;
}

SEC("?kprobe/tcp_sendmsg")
int BPF_KPROBE(send_kprobe, struct sock *sk)
{
	on_bytes(sk);
	return 0;
}

/* Static, and gone from 6.12 on. Its return is the socket; its entry knows only a number. */
SEC("?kretprobe")
int BPF_KRETPROBE(lookup_kretprob, struct socket *socket)
{
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : NULL;

	if (sk)
		on_socket_lookup(sk);
	return 0;
}

SEC("?iter/task_file")
int files_iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (task && file)
		on_open_file(task, file);
	return 0;
}

SEC("?iter/tcp")
int hash_iter(struct bpf_iter__tcp *ctx)
{
	struct sock_common *sk = ctx->sk_common;

	if (sk)
		on_hashed_socket((struct sock *)sk);
	return 0;
}

SEC("?iter/bpf_map_elem")
int walk_iter(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *sock = ctx->key;
	struct conn *c = ctx->value;

	if (sock && c)
		on_walk(*sock, c);
	return 0;
}

/* Cheaper, from 5.13 on. User space runs it by BPF_PROG_TEST_RUN. */
SEC("?raw_tp")
int walk_raw_tp(void *ctx)
{
	walk_tables();
	return 0;
}

/*
 * User space asks by BPF_PROG_TEST_RUN, with a socket and its birth as arguments; without one
 * it introduces itself.
 */
SEC("?raw_tp")
int ask_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	if (ctx->args[0])
		on_syn_waits((void *)ctx->args[0], ctx->args[1]);
	else
		on_start();
	return 0;
}
