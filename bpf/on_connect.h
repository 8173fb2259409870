/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A SYN leaves, or connect(2) fails before one could. */
#ifndef TCPTRAIL_ON_CONNECT_H
#define TCPTRAIL_ON_CONNECT_H

#include "track.h"

static __always_inline void new_client(struct conn *c)
{
	__builtin_memset(c, 0, sizeof(*c));
	current_owner(&c->owner);
	c->matched = c->owner.matched;
	c->role = WIRE_CLIENT;
	c->walked_bytes = nothing_moved(WIRE_CLIENT);
	c->born_ns = bpf_ktime_get_ns();
}

/* Whatever connect(2) returns now, a SYN left: the socket's state tells the rest. */
static __always_inline void mark_call_sent(__u64 thread)
{
	struct call *call;

	if (!config.connect_calls)
		return;
	call = bpf_map_lookup_elem(&calls, &thread);
	if (call)
		call->sent = 1;
}

/* Entry of tcp_connect(): process context, ports and addresses are chosen. */
static __always_inline void on_connect(struct tcp_ref s)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct wire_tuple t = {};
	struct conn c;

	mark_call_sent(thread);
	if (!ports_may_be_wanted(s))
		return;
	if (births_are_filtered() || config.want_connects) {
		read_tuple(s, &t);
		if (!wanted(&t))
			return;
	}
	new_client(&c);
	identify(&c, s);
	track_new(s.sk, &c);
	remember_opened(s.sk, thread >> 32);
	emit_open(WIRE_CONNECT, (__u64)s.sk, &c, &t, c.born_ns, TCP_SYN_SENT);
}

/*
 * CLOSE -> SYN_SENT where tcp_connect() cannot be hooked: the owner is right, the local port
 * is chosen only after this. The record follows with the next event of the socket, or when
 * user space asks (see on_syn_waits).
 */
static __always_inline void on_syn_sent(struct tcp_ref s)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct wire_tuple t;
	struct conn c;

	mark_call_sent(thread);
	read_tuple(s, &t);
	if (!wanted_remote(&t))
		return;
	new_client(&c);
	identify(&c, s);
	c.pending = 1;
	track_new(s.sk, &c);
	remember_opened(s.sk, thread >> 32);
	if (visible(&c) && config.want_connects)
		emit_mark(WIRE_SYN, (__u64)s.sk, c.born_ns);
}

/* Tells of a connect whose local port has become known; false: filtered out and forgotten. */
static __always_inline bool complete_connect(const struct sock *sk, struct conn *c,
					     struct wire_tuple *t)
{
	t->role = WIRE_CLIENT;
	if (!wanted(t)) {
		forget(sk);
		return false;
	}
	c->lport = t->lport;
	c->pending = 0; /* first: two may be about to tell it */
	emit_open(WIRE_CONNECT, (__u64)sk, c, t, c->born_ns, TCP_SYN_SENT);
	return true;
}

/* User space saw no answer to a SYN for a while and wants its connect told now. */
static __always_inline void on_syn_waits(const struct sock *sk, __u64 born_ns)
{
	struct conn *c = find(sk);
	struct wire_tuple t;

	if (!c || !c->pending || c->born_ns != born_ns)
		return;
	read_tuple(probed_ref(sk), &t);
	if (t.lport)
		complete_connect(sk, c, &t);
}

/* The remote address of a connect that failed; false: not one of TCP over IP. */
static __always_inline bool read_sockaddr(const struct sockaddr_any *addr, struct wire_tuple *t)
{
	t->rport = bpf_ntohs(addr->port);
	t->family = 4;
	if (addr->family == AF_INET) {
		map_ipv4(t->raddr, addr->addr4);
		return true;
	}
	if (addr->family != AF_INET6)
		return false;
	__builtin_memcpy(t->raddr, addr->addr6, sizeof(t->raddr));
	if (!is_mapped(t->raddr))
		t->family = 6;
	return true;
}

/*
 * connect() returned an error before a SYN left: no route, no free port. `addr` is what it
 * was called with, since the socket's own remote address is unset then.
 */
static __always_inline void on_connect_failed(struct tcp_ref s, const struct sockaddr_any *addr,
					      __u32 error)
{
	struct wire_owner owner;
	struct wire_tuple t;

	read_tuple(s, &t);
	if (!read_sockaddr(addr, &t))
		return;
	t.role = WIRE_CLIENT;
	/* A port without an address, or the reverse, was the user's choice or none at all. */
	if (!t.lport && !bound_to_address(s.sk))
		__builtin_memset(t.laddr, 0, sizeof(t.laddr));
	if (!wanted(&t))
		return;
	current_owner(&owner);
	emit_failed(&t, &owner, error);
}

static __always_inline void remember_call(const struct sock *sk, __u64 addr)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call call = {.sock = (__u64)sk, .addr = addr};

	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
}

/* Return of tcp_v4_connect() or tcp_v6_connect(); `addr` is in kernel memory. */
static __always_inline void on_kernel_connect_return(struct tcp_ref s, const void *uaddr, int ret)
{
	struct sockaddr_any addr = {};

	if (ret >= 0 || bpf_probe_read_kernel(&addr, sizeof(addr), uaddr))
		return;
	/* tcp_v6_connect() hands mapped addresses to tcp_v4_connect(), which told already. */
	if (addr.family == AF_INET6 && is_mapped(addr.addr6))
		return;
	on_connect_failed(s, &addr, -ret);
}

/* The same from an entry probe that remembered the arguments. */
static __always_inline void on_remembered_return(int ret)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &thread);
	struct call copy;

	if (!call)
		return;
	copy = *call;
	bpf_map_delete_elem(&calls, &thread);
	on_kernel_connect_return(probed_ref((void *)copy.sock), (void *)copy.addr, ret);
}

#endif
