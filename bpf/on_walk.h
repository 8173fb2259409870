/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* User space asks what is open: one pass over the table, with each socket's counters. */
#ifndef TCPTRAIL_ON_WALK_H
#define TCPTRAIL_ON_WALK_H

#include "on_snapshot.h"
#include "track.h"

/*
 * A socket whose close was not seen may be freed, or be another connection by now. One that is
 * still as it was left is told for the last time, with its state.
 */
static __always_inline void on_walk(struct seq_file *seq, __u64 key, const struct conn *c)
{
	const struct sock *sk = (void *)key;
	struct wire_close rec;
	__u8 state;

	__builtin_memset(&rec, 0, sizeof(rec));
	read_tuple(sk, &rec.tuple);
	mark_tuple(&rec.tuple, c);
	state = read_outcome(sk, 0, &rec);
	if (!same_connection(c, &rec.tuple) || !(is_connection(state) || state == TCP_SYN_RECV)) {
		bpf_map_delete_elem(&socks, &key);
		__sync_fetch_and_add(&counters.not_seen, 1);
		if (state != TCP_CLOSE || !same_connection(c, &rec.tuple))
			return;
	}
	if (!visible(c) || (c->pending && !wanted(&rec.tuple)))
		return;
	rec.head.kind = WIRE_OPEN;
	rec.head.size = sizeof(rec);
	fill_close(&rec, key, c);
	bpf_seq_write(seq, &rec, sizeof(rec));
}

#endif
