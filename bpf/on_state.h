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
static __always_inline bool opened_by(struct tcp_ref s, const struct conn *c)
{
	if (c->established_ns || c->role != deduce_role(s))
		return false;
	return c->role == WIRE_CLIENT || c->accepted_ns;
}

static __always_inline bool server_is_wanted(struct tcp_ref s)
{
	struct wire_tuple t;

	if (!births_are_filtered())
		return true;
	read_tuple(s, &t);
	t.role = WIRE_SERVER;
	return wanted(&t);
}

/* A server is not in the table before, but for rare cases: it is not looked for first. */
static __always_inline void on_established(struct tcp_ref s, __u8 old_state)
{
	bool was_embryo = is_one_of(old_state, 1 << TCP_SYN_RECV);
	bool server = was_embryo && server_is_wanted(s);
	__u64 now = bpf_ktime_get_ns();
	struct wire_tuple t;
	struct conn c, *known;

	if (server) {
		__builtin_memset(&c, 0, sizeof(c));
		c.role = WIRE_SERVER;
		c.walked_bytes = nothing_moved(WIRE_SERVER);
		c.born_ns = now;
		c.established_ns = now;
		identify(&c, s);
		if (track(s.sk, &c, BPF_NOEXIST))
			return;
	}
	known = find(s.sk);
	if (known && (!was_embryo || opened_by(s, known))) {
		known->established_ns = now;
		if (config.syn_from_state && known->pending) {
			read_tuple(s, &t);
			complete_connect(s.sk, known, &t);
		}
		return;
	}
	if (server)
		track_new(s.sk, &c);
}

/* Our FIN is about to leave: the current task is the last that held the socket. */
static __always_inline void fin_known(struct tcp_ref s, struct conn *known)
{
	struct wire_owner owner;

	if (known->served || current_is_bystander())
		return;
	if (owned_by_current(known)) {
		known->served = 1;
		return;
	}
	current_owner(&owner);
	serve(s.sk, known, &owner);
}

static __always_inline void fin_adopted(struct tcp_ref s, struct conn *c)
{
	struct wire_owner owner;

	current_owner(&owner);
	serve(s.sk, c, &owner);
	track(s.sk, c, BPF_NOEXIST);
}

/* Closed here, at once and without a FIN, by one that held it: not by its listener's end. */
static __always_inline bool reset_by_process(struct tcp_ref s, __u8 old_state)
{
	return is_one_of(old_state, 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT) && is_held(s) &&
	       !READ_SOCK(s, sk_err);
}

/* A connect whose record still waits; false: nothing is to be told of this socket. */
static __always_inline bool settle_pending(struct tcp_ref s, struct conn *c, struct wire_tuple *t)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *call;

	if (config.connect_calls && !READ_SOCK(s, sk_err)) {
		call = bpf_map_lookup_elem(&calls, &thread);
		if (call && call->sock == (__u64)s.sk) {
			/* Failed inside connect(2), whose return tells it. */
			call->sent = 0;
			forget(s.sk);
			return false;
		}
	}
	return complete_connect(s.sk, c, t);
}

/* False: nothing is to be told. */
static __always_inline bool settle_close(struct tcp_ref s, struct conn *known, struct wire_tuple *t,
					 __u8 old_state)
{
	struct wire_owner owner;

	if (config.syn_from_state && known->pending && !settle_pending(s, known, t))
		return false;
	if (!known->served && reset_by_process(s, old_state) && !current_is_bystander()) {
		current_owner(&owner);
		serve(s.sk, known, &owner);
	}
	return true;
}

/* connect(2) failed before its SYN: its return tells it. */
static __always_inline bool never_began(struct tcp_ref s, __u8 old_state)
{
	return is_one_of(old_state, 1 << TCP_SYN_SENT) && !READ_SOCK(s, sk_err);
}

/*
 * Our FIN or the close. An entry that is marked as told is no more than that which a walk may
 * delete, too. A copy is told: one code for either table's, and for none's.
 */
static __always_inline void on_end(struct tcp_ref s, __u8 old_state, bool closes)
{
	struct conn *known = find(s.sk);
	struct wire_tuple t;
	struct conn c;

	if (known && !closes) {
		fin_known(s, known);
		return;
	}
	read_tuple(s, &t);
	if (known && !known->told) {
		if (!settle_close(s, known, &t, old_state))
			return;
		known->told = 1;
		c = *known;
	} else {
		if (closes ? never_began(s, old_state) : current_is_bystander())
			return;
		if (!adopt(s, old_state, &t, &c))
			return;
		if (!closes) {
			fin_adopted(s, &c);
			return;
		}
	}
	emit_close(s, &c, &t, old_state);
	/* Of an unknown one as well: the snapshot may have inserted it meanwhile. */
	forget(s.sk);
}

static __always_inline bool is_of_interest(__u8 new_state)
{
	return new_state == TCP_ESTABLISHED || new_state == TCP_FIN_WAIT1 ||
	       new_state == TCP_LAST_ACK || new_state == TCP_CLOSE ||
	       (new_state == TCP_SYN_SENT && config.syn_from_state);
}

/* A client that was taken before the kernel chose its port, which nobody asked for. */
static __always_inline void drop_unwanted(struct tcp_ref s, __u8 old_state)
{
	if (config.syn_from_state && is_one_of(old_state, 1 << TCP_SYN_SENT | 1 << TCP_SYN_RECV))
		forget(s.sk);
}

/* Of a state that is of interest. */
static __always_inline void on_state(struct tcp_ref s, __u8 old_state, __u8 new_state)
{
	if (!ports_may_be_wanted(s)) {
		drop_unwanted(s, old_state);
		return;
	}
	switch (new_state) {
	case TCP_SYN_SENT:
		on_syn_sent(s);
		break;
	case TCP_ESTABLISHED:
		on_established(s, old_state);
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
	case TCP_CLOSE:
		on_end(s, old_state, new_state == TCP_CLOSE);
		break;
	}
}

#endif
