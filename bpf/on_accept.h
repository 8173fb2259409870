/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process takes a connection out of the accept queue. */
#ifndef TCPTRAIL_ON_ACCEPT_H
#define TCPTRAIL_ON_ACCEPT_H

#include "track.h"

/* The snapshot found the socket at the same time and was first: its birth is the one. */
static __always_inline void accept_snapshotted(const struct sock *sk, struct conn *c)
{
	struct conn *known = find(sk);

	if (!known)
		return;
	c->born_ns = known->born_ns;
	own(known, &c->owner);
	known->accepted_ns = c->accepted_ns;
}

/*
 * Completed before tracing began, still in SYN_RECV (TCP Fast Open), or closed by now: user
 * space joins such an accept, which has no birth, with the close that it saw before. False: it is
 * filtered out.
 */
static __always_inline bool accept_unknown(struct tcp_ref s, __u8 state, __u64 now)
{
	struct wire_owner owner;
	struct wire_tuple t;
	struct conn c = {};

	read_tuple(s, &t);
	t.role = WIRE_SERVER;
	if (!wanted(&t))
		return false;
	c.role = WIRE_SERVER;
	c.existing = state != TCP_SYN_RECV;
	c.walked_bytes = nothing_moved(WIRE_SERVER);
	if (c.existing && config.ignore_existing && state != TCP_CLOSE)
		return true;
	current_owner(&owner);
	own(&c, &owner);
	c.accepted_ns = now;
	if (state != TCP_CLOSE) {
		c.born_ns = now;
		identify(&c, s);
		if (c.existing)
			read_bytes(s, c.role, state, &c.tx_before, &c.rx_before);
		if (!track(s.sk, &c, BPF_NOEXIST))
			accept_snapshotted(s.sk, &c);
		/* Where the socket is not locked, a close may have come between. */
		if (sock_state(s) == TCP_CLOSE)
			forget(s.sk);
	}
	emit_open(WIRE_ACCEPT, (__u64)s.sk, &c, &t, now, state);
	return true;
}

/*
 * The record first: a close on another CPU that finds the owner is then told after the accept,
 * and one that does not waits for it in user space.
 */
static __always_inline void accept_known(struct tcp_ref s, struct conn *known, __u8 state,
					 __u64 now)
{
	struct conn c = {
		.born_ns = known->born_ns,
		.established_ns = known->established_ns,
		.role = known->role,
		.existing = known->existing,
		.role_inferred = known->role_inferred,
	};
	struct wire_open *rec;

	current_owner(&c.owner);
	c.matched = known->matched | c.owner.matched;
	rec = begin_open(WIRE_ACCEPT, &c, state);
	if (rec) {
		read_tuple(s, &rec->tuple);
		end_open(rec, (__u64)s.sk, &c, now, state);
	}
	own(known, &c.owner);
	known->accepted_ns = now;
}

/* In the context of the accepting process, with the accepted socket. */
static __always_inline void on_accept(struct tcp_ref s)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 now = bpf_ktime_get_ns();
	__u8 state = sock_state(s);
	struct conn *known;

	if (!ports_may_be_wanted(s))
		return;
	known = find(s.sk);
	if (known && known->accepted_ns)
		return;
	if (known)
		accept_known(s, known, state, now);
	else if (!accept_unknown(s, state, now))
		return;
	remember_opened(s.sk, tgid);
}

#endif
