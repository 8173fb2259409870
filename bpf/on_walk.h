/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* User space asks what is open: one pass over the table, with each socket's counters. */
#ifndef TCPTRAIL_ON_WALK_H
#define TCPTRAIL_ON_WALK_H

#include "on_snapshot.h"
#include "track.h"

/*
 * Of a socket whose close was not seen: it may be freed, or be another connection by now. True if
 * it was forgotten here; a close at the same time as the walk forgets it itself.
 */
static __always_inline bool forget_stale(__u64 key, __u64 born_ns)
{
	struct conn *c = bpf_map_lookup_elem(&socks, &key);

	if (!c || c->born_ns != born_ns || bpf_map_delete_elem(&socks, &key))
		return false;
	__sync_fetch_and_add(&counters.not_seen, 1);
	return true;
}

/* What is as its close left it, a close that was not seen, is told for the last time. */
static __always_inline void on_walk(struct seq_file *seq, __u64 key, const struct conn *c)
{
	const struct sock *sk = (void *)key;
	struct wire_close rec;
	bool same;
	__u8 state;

	__builtin_memset(&rec, 0, sizeof(rec));
	fill_close(&rec, key, c);
	read_tuple(sk, &rec.tuple);
	mark_tuple(&rec.tuple, c);
	same = same_connection(c, &rec.tuple);
	state = read_outcome(sk, 0, &rec);
	if (!same || !(is_connection(state) || state == TCP_SYN_RECV)) {
		if (!forget_stale(key, rec.born_ns) || !same || state != TCP_CLOSE)
			return;
	}
	if (!visible(c) || (c->pending && !wanted(&rec.tuple)))
		return;
	rec.head.kind = WIRE_OPEN;
	rec.head.size = sizeof(rec);
	bpf_seq_write(seq, &rec, sizeof(rec));
}

#endif
