/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User space asks what is open: one pass over the table, which tells each socket whose counters
 * have changed since it was told last, or every one.
 */
#ifndef TCPTRAIL_ON_WALK_H
#define TCPTRAIL_ON_WALK_H

#include "on_snapshot.h"
#include "track.h"

#define SYN_STORED_NS 100000000 /* more than any hook takes, in a virtual machine as well */

/*
 * Of a socket whose close was not seen: it may be freed, or be another connection by now. True if
 * it was forgotten here; a close at the same time as the walk forgets it itself.
 */
static __always_inline bool forget_stale(__u64 key, __u64 born_ns)
{
	struct conn *c = find((void *)key);

	if (!c || c->born_ns != born_ns || !forget_key(key))
		return false;
	__sync_fetch_and_add(&counters.not_seen, 1);
	return true;
}

/* A hook on states runs before the kernel stores the new one: a client begins in CLOSE. */
static __always_inline bool just_begins(__u8 state, __u64 born_ns)
{
	return config.syn_from_state && state == TCP_CLOSE &&
	       bpf_ktime_get_ns() - born_ns < SYN_STORED_NS;
}

static __always_inline bool may_go_on(__u8 state)
{
	return is_connection(state) || state == TCP_SYN_RECV;
}

/*
 * False: nothing is to be told. What is as its close left it, a close that was not seen, is told
 * for the last time.
 */
static __always_inline bool fill_open(struct wire_close *rec, struct tcp_ref s,
				      const struct conn *c)
{
	__u64 key = (__u64)s.sk;
	bool same;
	__u8 state;

	rec->head.kind = WIRE_OPEN;
	rec->head.size = sizeof(*rec);
	fill_close(rec, key, c);
	read_tuple(s, &rec->tuple);
	mark_tuple(&rec->tuple, c);
	same = same_connection(c, &rec->tuple);
	state = read_bytes(s, c->role, 0, &rec->tx_bytes, &rec->rx_bytes);
	rec->old_state = state;
	read_outcome(s, rec);
	if (!same || !may_go_on(state)) {
		if (just_begins(state, rec->born_ns))
			return false;
		if (!forget_stale(key, rec->born_ns) || !same || state != TCP_CLOSE)
			return false;
	}
	return visible(c) && !(c->pending && !wanted(&rec->tuple));
}

/* The ring buffer is not filled with it: what happens meanwhile needs room, too. */
static __always_inline struct wire_close *reserve_open(void)
{
	struct wire_close *rec = NULL;

	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < config.wake_bytes)
		rec = bpf_ringbuf_reserve(&events, sizeof(*rec), 0);
	if (!rec)
		walk_unfinished = 1;
	return rec;
}

/*
 * That a socket is closed, and its close was not seen, mostly shows in its counters, too: the state
 * is looked at by each eighth walk, since it is a third of what an idle socket costs.
 */
static __always_inline bool is_told(struct tcp_ref s, const struct conn *c, __u64 bytes)
{
	if (c->walk == walk)
		return true;
	if (walk_all || c->walked_bytes != bytes)
		return false;
	return walk % 8 || may_go_on(sock_state(s));
}

/* False: the ring buffer has no more room for what a walk tells. */
static __always_inline bool on_walk(__u64 key, struct conn *c)
{
	struct tcp_ref s = probed_ref((void *)key);
	struct wire_close *rec;
	__u64 bytes;

	bytes = raw_bytes(s);
	if (is_told(s, c, bytes))
		return true;
	if (c->told) {
		forget_key(key);
		return true;
	}
	rec = reserve_open();
	if (!rec)
		return false;
	c->walked_bytes = bytes; /* before the owner is read: a new one takes it back */
	c->walk = walk;
	if (fill_open(rec, s, c))
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_discard(rec, BPF_RB_NO_WAKEUP);
	return true;
}

static long walk_element(void *map, const __u64 *key, struct conn *c, void *unused)
{
	return !on_walk(*key, c);
}

static __always_inline void walk_tables(void)
{
	bpf_for_each_map_elem(&socks, walk_element, NULL, 0);
	if (config.crowd && crowd_size)
		bpf_for_each_map_elem(&crowd, walk_element, NULL, 0);
}

#endif
