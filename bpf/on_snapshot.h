/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is open already: by descriptor (with owner), and by the hash table of our namespace. */
#ifndef TCPTRAIL_ON_SNAPSHOT_H
#define TCPTRAIL_ON_SNAPSHOT_H

#include "track.h"

static __always_inline bool is_connection(__u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_SYN_SENT || state == TCP_FIN_WAIT1 ||
	       state == TCP_FIN_WAIT2 || state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK ||
	       state == TCP_CLOSING;
}

/* A close that ran between the look-up and the insert found nothing to tell or to delete. */
static __always_inline void insert_existing(struct tcp_ref s, struct conn *c)
{
	struct wire_tuple t;

	read_tuple(s, &t);
	mark_existing(s, c);
	identify(c, s);
	t.role = c->role;
	if (!wanted(&t))
		return;
	if (!track(s.sk, c, BPF_NOEXIST)) {
		if (!find(s.sk))
			__sync_fetch_and_add(&counters.table_full, 1);
		return;
	}
	if (sock_state(s) == TCP_CLOSE)
		forget(s.sk);
	else
		__sync_fetch_and_add(&counters.existing, 1);
}

/* One more process holds a socket that was found before: nobody is known to serve it. */
static __always_inline void found_again(const struct sock *sk, struct conn *c,
					const struct wire_owner *holder)
{
	if (!c->existing || c->served || c->shared)
		return;
	if (!c->owner.comm[0]) {
		own(c, holder);
		return;
	}
	if (c->owner.pid == holder->pid)
		return;
	__builtin_memset(&c->owner, 0, sizeof(c->owner));
	c->shared = 1;
	emit_mark(WIRE_SHARED, (__u64)sk, c->born_ns);
}

/* It was established when the states were hooked already, and the accepts not yet. */
static __always_inline bool accept_was_missed(const struct conn *c)
{
	return c->role == WIRE_SERVER && !c->accepted_ns && !c->owner.comm[0];
}

static __always_inline void on_open_file(struct task_struct *task, const struct file *file)
{
	struct sock *sk = sock_of_file(file);
	struct conn *known, fresh = {};

	if (!sk || !is_connection(sock_state(probed_ref(sk))))
		return;
	known = find(sk);
	if (known && !known->existing && !accept_was_missed(known))
		return;
	read_owner(task, &fresh.owner);
	remember_opened(sk, BPF_CORE_READ(task, tgid));
	fresh.owner.tid = 0;
	fresh.matched = fresh.owner.matched;
	if (known && !known->existing)
		own(known, &fresh.owner);
	else if (known)
		found_again(sk, known, &fresh.owner);
	else
		insert_existing(probed_ref(sk), &fresh);
}

/* In the accept queue, or held by no process any more. */
static __always_inline void on_hashed_socket(const struct sock *sk)
{
	struct conn fresh = {};

	struct tcp_ref s = probed_ref(sk);

	if (is_connection(sock_state(s)) && is_tcp(sk) && !find(sk))
		insert_existing(s, &fresh);
}

#endif
