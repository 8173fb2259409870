/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reserve, fill, submit; count what is lost. */
#ifndef TCPTRAIL_EMIT_H
#define TCPTRAIL_EMIT_H

#include "maps.h"
#include "sock.h"
#include "owner.h"
#include <bpf/bpf_helpers.h>

/* Of what only user space's bookkeeping misses: it shows later, in an event. */
static __always_inline void *reserve_hint(__u32 kind, __u32 size)
{
	struct wire_head *head = bpf_ringbuf_reserve(&events, size, 0);

	if (head) {
		head->kind = kind;
		head->size = size;
	}
	return head;
}

/* Of an event, which the user misses if there is no room. */
static __always_inline void *reserve(__u32 kind, __u32 size)
{
	void *rec = reserve_hint(kind, size);

	if (!rec)
		__sync_fetch_and_add(&counters.ring_full, 1);
	return rec;
}

/*
 * A wake-up costs as much as twenty records: it is sent only to a reader that sleeps, or that
 * would come too late. An awake reader looks again within a tick.
 */
static __always_inline void submit(void *rec)
{
	__u64 room = config.wake_bytes - 1 - bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	__u64 wake = room >> 63 | reader_asleep;

	_Static_assert(BPF_RB_NO_WAKEUP == 1 && BPF_RB_FORCE_WAKEUP == 2, "1 is added");
	if (reader_asleep)
		reader_asleep = 0;
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP + wake);
}

static __always_inline bool told(bool matched)
{
	return matched || config.tell_unmatched || !kernel_decides_owners();
}

/* Whether anybody will see events of this connection. */
static __always_inline bool visible(const struct conn *c)
{
	return told(c->matched);
}

/* Closed in the accept queue: who accepts it may yet make it visible, in user space. */
static __always_inline bool awaits_accept(const struct conn *c, __u8 old_state)
{
	return c->role == WIRE_SERVER && !c->accepted_ns && !c->owner.comm[0] &&
	       is_one_of(old_state, 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT);
}

static __always_inline void mark_tuple(struct wire_tuple *t, const struct conn *c)
{
	t->role = c->role;
	t->existing = c->existing;
	t->role_inferred = c->role_inferred;
	t->matched = c->matched || !kernel_decides_owners();
}

/* A close that came first waits in user space for its owner. */
static __always_inline bool accept_is_wanted(__u8 state)
{
	return config.want_accepts || (config.want_closes && (accepts_race || state == TCP_CLOSE));
}

/* NULL: it is not to be told, or there is no room. */
static __always_inline struct wire_open *begin_open(__u32 kind, const struct conn *c, __u8 state)
{
	if (!visible(c) || !(kind == WIRE_CONNECT ? config.want_connects : accept_is_wanted(state)))
		return NULL;
	return reserve(kind, sizeof(struct wire_open));
}

/* The record's addresses are filled in. */
static __always_inline void end_open(struct wire_open *rec, __u64 sock, const struct conn *c,
				     __u64 ts_ns, __u8 state)
{
	__u64 established = rec->head.kind == WIRE_ACCEPT ? c->established_ns : 0;

	rec->sock = sock;
	rec->born_ns = c->born_ns;
	rec->ts_ns = ts_ns;
	rec->wait_known = is_not_0(established);
	rec->accept_wait_ns = (ts_ns - established) & -is_not_0(established);
	mark_tuple(&rec->tuple, c);
	rec->owner = c->owner;
	rec->state = state;
	__builtin_memset(rec->pad, 0, sizeof(rec->pad));
	submit(rec);
}

static __always_inline void emit_open(__u32 kind, __u64 sock, const struct conn *c,
				      const struct wire_tuple *t, __u64 ts_ns, __u8 state)
{
	struct wire_open *rec = begin_open(kind, c, state);

	if (!rec)
		return;
	rec->tuple = *t;
	end_open(rec, sock, c, ts_ns, state);
}

/* Of a constant 0 clang makes an atomic or, which BPF has from 5.12 on. */
static __always_inline void add_to(__u64 *sum, __u64 value)
{
	barrier_var(value);
	__sync_fetch_and_add(sum, value);
}

/* The other end of a server's socket is one of this host's too, and counts for both. */
static __always_inline bool client_is_here(const struct wire_tuple *t)
{
	const __u64 *local = (const __u64 *)t->laddr;
	const __u64 *remote = (const __u64 *)t->raddr;

	if (is_mapped(t->raddr) && t->raddr[12] == 127)
		return true;
	return local[0] == remote[0] && local[1] == remote[1];
}

/*
 * A close without room in the ring buffer, of a run whose sums must stay exact. The entry is made
 * empty and added to like any other, since two CPUs may come at once.
 */
static __always_inline void spill(const struct wire_tuple *t, const char comm[WIRE_COMM_LEN],
				  const struct wire_spill *add)
{
	bool client = t->role == WIRE_CLIENT;
	struct wire_spill_key key = {};
	struct wire_spill empty = {};
	struct wire_spill *sum;

	if (!config.keep_sums)
		return;
	__builtin_memcpy(key.client, client ? t->laddr : t->raddr, sizeof(key.client));
	__builtin_memcpy(key.server, client ? t->raddr : t->laddr, sizeof(key.server));
	__builtin_memcpy(key.comm, comm, sizeof(key.comm));
	key.netns = t->netns;
	key.port = client ? t->rport : t->lport;
	key.role = t->role;
	key.matched = t->matched;
	bpf_map_update_elem(&spills, &key, &empty, BPF_NOEXIST);
	sum = bpf_map_lookup_elem(&spills, &key);
	if (!sum) {
		if (!client && client_is_here(t))
			return;
		__builtin_memset(&key, 0, sizeof(key));
		key.role = t->role;
		key.matched = t->matched;
		sum = bpf_map_lookup_elem(&spills, &key);
		if (!sum)
			return;
	}
	add_to(&sum->connections, add->connections);
	add_to(&sum->failed, add->failed);
	add_to(&sum->tx_bytes, add->tx_bytes);
	add_to(&sum->rx_bytes, add->rx_bytes);
}

static __always_inline void spill_close(const struct conn *c, const struct wire_tuple *t,
					__u8 old_state, __u64 tx, __u64 rx)
{
	struct wire_spill add = {.connections = 1,
				 .failed = is_one_of(old_state, 1 << TCP_SYN_SENT)};

	tx = difference_or_0(tx, c->tx_before);
	rx = difference_or_0(rx, c->rx_before);
	add.tx_bytes = c->role == WIRE_CLIENT ? tx : rx;
	add.rx_bytes = c->role == WIRE_CLIENT ? rx : tx;
	spill(t, c->owner.comm, &add);
}

static __always_inline void fill_close(struct wire_close *rec, __u64 sock, const struct conn *c)
{
	rec->sock = sock;
	rec->born_ns = c->born_ns;
	rec->ts_ns = bpf_ktime_get_ns();
	rec->established_ns = c->established_ns;
	rec->accepted_ns = c->accepted_ns;
	rec->tx_before = c->tx_before;
	rec->rx_before = c->rx_before;
	rec->owner = c->owner;
}

static __always_inline void emit_close(struct tcp_ref s, const struct conn *c, struct wire_tuple *t,
				       __u8 old_state)
{
	struct wire_close *rec;
	__u64 tx, rx;

	if (!config.want_closes || !(visible(c) || awaits_accept(c, old_state)))
		return;
	mark_tuple(t, c);
	read_bytes(s, c->role, old_state, &tx, &rx);
	rec = reserve(WIRE_CLOSE, sizeof(*rec));
	if (!rec) {
		spill_close(c, t, old_state, tx, rx);
		return;
	}
	fill_close(rec, (__u64)s.sk, c);
	rec->tuple = *t;
	rec->old_state = old_state;
	rec->tx_bytes = tx;
	rec->rx_bytes = rx;
	read_outcome(s, rec);
	submit(rec);
}

static __always_inline void emit_failed(struct wire_tuple *t, const struct wire_owner *owner,
					__u32 error)
{
	struct wire_failed *rec;

	if (!config.want_closes || !told(owner->matched))
		return;
	t->matched = owner->matched || !kernel_decides_owners();
	rec = reserve(WIRE_FAILED, sizeof(*rec));
	if (!rec) {
		spill(t, owner->comm, &(struct wire_spill){.connections = 1, .failed = 1});
		return;
	}
	rec->ts_ns = bpf_ktime_get_ns();
	rec->tuple = *t;
	rec->owner = *owner;
	rec->error = error;
	rec->pad = 0;
	submit(rec);
}

static __always_inline void emit_mark(__u32 kind, __u64 sock, __u64 born_ns)
{
	struct wire_mark *rec = reserve_hint(kind, sizeof(*rec));

	if (!rec)
		return;
	rec->sock = sock;
	rec->born_ns = born_ns;
	submit(rec);
}

static __always_inline void emit_owner(__u64 sock, const struct conn *c)
{
	struct wire_owner_change *rec;

	rec = reserve_hint(WIRE_OWNER, sizeof(*rec));
	if (!rec)
		return;
	rec->sock = sock;
	rec->born_ns = c->born_ns;
	rec->owner = c->owner;
	submit(rec);
}

#endif
