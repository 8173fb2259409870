/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The TCP state machine moves: established, our FIN, closed. */
#ifndef TCPTRAIL_ON_STATE_H
#define TCPTRAIL_ON_STATE_H

#include "on_connect.h"
#include "track.h"

/*
 * Whether this entry is of the socket that leaves SYN_RECV now: a client (simultaneous open) or
 * one accepted before (TCP Fast Open). Otherwise the close of an earlier socket at this address
 * was missed.
 */
static __always_inline bool opened_by(const struct sock *sk, const struct conn *c)
{
	if (c->established_ns || c->role != deduce_role(sk))
		return false;
	return c->role == WIRE_CLIENT || c->accepted_ns;
}

static __always_inline void on_established(const struct sock *sk, __u8 old_state)
{
	__u64 now = bpf_ktime_get_ns();
	struct conn *known = find(sk);
	struct wire_tuple t;
	struct conn c;

	if (known && (old_state != TCP_SYN_RECV || opened_by(sk, known))) {
		known->established_ns = now;
		if (known->pending) {
			read_tuple(sk, &t);
			complete_connect(sk, known, &t);
		}
		return;
	}
	if (old_state != TCP_SYN_RECV)
		return;
	read_tuple(sk, &t);
	t.role = WIRE_SERVER;
	if (!wanted(&t))
		return;
	__builtin_memset(&c, 0, sizeof(c));
	c.role = WIRE_SERVER;
	c.born_ns = now;
	c.established_ns = now;
	identify(&c, &t);
	track_new(sk, &c);
}

/* Our FIN is about to leave: the current task is the last that held the socket. */
static __always_inline void on_fin(const struct sock *sk, __u8 old_state)
{
	struct conn *known = find(sk);
	struct wire_owner owner;
	struct wire_tuple t;
	struct conn c;

	if ((known && known->served) || current_is_bystander())
		return;
	if (known) {
		current_owner(&owner);
		serve(sk, known, &owner);
	} else if (adopt(sk, old_state, &t, &c)) {
		current_owner(&owner);
		serve(sk, &c, &owner);
		track(sk, &c, BPF_NOEXIST);
	}
}

/* Closed here, at once and without a FIN, by one that held it: not by its listener's end. */
static __always_inline bool reset_by_process(const struct sock *sk, __u8 old_state)
{
	return (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT) && is_held(sk) &&
	       !BPF_CORE_READ(sk, sk_err);
}

/* A connect whose record still waits; false: nothing is to be told of this socket. */
static __always_inline bool settle_pending(const struct sock *sk, struct conn *c,
					   struct wire_tuple *t)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *call;

	if (config.connect_calls && !BPF_CORE_READ(sk, sk_err)) {
		call = bpf_map_lookup_elem(&calls, &thread);
		if (call && call->sock == (__u64)sk) {
			/* Failed inside connect(2), whose return tells it. */
			call->sent = 0;
			forget(sk);
			return false;
		}
	}
	return complete_connect(sk, c, t);
}

static __always_inline void on_close(const struct sock *sk, __u8 old_state)
{
	struct conn *known = find(sk);
	struct wire_owner owner;
	struct wire_tuple t;
	struct conn c;

	if (known) {
		read_tuple(sk, &t);
		if (known->pending && !settle_pending(sk, known, &t))
			return;
		if (!known->served && reset_by_process(sk, old_state) && !current_is_bystander()) {
			current_owner(&owner);
			serve(sk, known, &owner);
		}
		c = *known;
	} else if (old_state == TCP_SYN_SENT && !BPF_CORE_READ(sk, sk_err)) {
		return; /* connect(2) failed before its SYN: its return tells it */
	} else if (!adopt(sk, old_state, &t, &c)) {
		return;
	}
	/* Also of an adopted socket: the snapshot may have inserted it meanwhile. */
	forget(sk);
	emit_close(sk, &c, &t, old_state);
}

static __always_inline void on_state(const struct sock *sk, __u8 old_state, __u8 new_state)
{
	switch (new_state) {
	case TCP_SYN_SENT:
		if (config.syn_from_state)
			on_syn_sent(sk);
		break;
	case TCP_ESTABLISHED:
		on_established(sk, old_state);
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		on_fin(sk, old_state);
		break;
	case TCP_CLOSE:
		on_close(sk, old_state);
		break;
	}
}

#endif
