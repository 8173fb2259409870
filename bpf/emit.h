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
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (reader_asleep) {
		reader_asleep = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	} else if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= config.wake_bytes) {
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(rec, flags);
}

/* Whether anybody will see events of this connection. */
static __always_inline bool visible(const struct conn *c)
{
	return !kernel_decides_owners() || c->matched;
}

/* Closed in the accept queue: who accepts it may yet make it visible, in user space. */
static __always_inline bool awaits_accept(const struct conn *c, __u8 old_state)
{
	return c->role == WIRE_SERVER && !c->accepted_ns && !c->owner.comm[0] &&
	       (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT);
}

static __always_inline void mark_tuple(struct wire_tuple *t, const struct conn *c)
{
	t->role = c->role;
	t->existing = c->existing;
	t->role_inferred = c->role_inferred;
}

static __always_inline void emit_open(__u32 kind, __u64 sock, const struct conn *c,
				      const struct wire_tuple *t, __u64 ts_ns, __u8 state)
{
	struct wire_open *rec;

	if (!(kind == WIRE_CONNECT ? config.want_connects : config.want_accepts) || !visible(c))
		return;
	rec = reserve(kind, sizeof(*rec));
	if (!rec)
		return;
	rec->sock = sock;
	rec->born_ns = c->born_ns;
	rec->ts_ns = ts_ns;
	rec->wait_known = kind == WIRE_ACCEPT && c->established_ns;
	rec->accept_wait_ns = rec->wait_known ? ts_ns - c->established_ns : 0;
	rec->tuple = *t;
	mark_tuple(&rec->tuple, c);
	rec->owner = c->owner;
	rec->state = state;
	__builtin_memset(rec->pad, 0, sizeof(rec->pad));
	submit(rec);
}

static __always_inline void emit_close(const struct sock *sk, const struct conn *c,
				       const struct wire_tuple *t, __u8 old_state)
{
	struct wire_close *rec;

	if (!config.want_closes || !(visible(c) || awaits_accept(c, old_state)))
		return;
	rec = reserve(WIRE_CLOSE, sizeof(*rec));
	if (!rec)
		return;
	rec->sock = (__u64)sk;
	rec->born_ns = c->born_ns;
	rec->ts_ns = bpf_ktime_get_ns();
	rec->established_ns = c->established_ns;
	rec->accepted_ns = c->accepted_ns;
	rec->tuple = *t;
	mark_tuple(&rec->tuple, c);
	rec->owner = c->owner;
	read_outcome(sk, old_state, rec);
	submit(rec);
}

static __always_inline void emit_failed(const struct wire_tuple *t, const struct wire_owner *owner,
					__u32 error)
{
	struct wire_failed *rec;

	if (!config.want_closes || (kernel_decides_owners() && !owner->matched))
		return;
	rec = reserve(WIRE_FAILED, sizeof(*rec));
	if (!rec)
		return;
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
