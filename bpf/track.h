/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of open connections: insert, find, adopt, and who owns what. */
#ifndef TCPTRAIL_TRACK_H
#define TCPTRAIL_TRACK_H

#include "emit.h"
#include "filter.h"
#include "maps.h"
#include "owner.h"
#include "sock.h"

static __always_inline struct conn *find(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct conn *c = bpf_map_lookup_elem(&socks, &key);

	if (!c && config.crowd && crowd_size)
		c = bpf_map_lookup_elem(&crowd, &key);
	return c;
}

/* False: it was not there, or the kernel does not get at it now. */
static __always_inline bool forget_key(__u64 key)
{
	if (!bpf_map_delete_elem(&socks, &key))
		return true;
	if (!config.crowd || !crowd_size || bpf_map_delete_elem(&crowd, &key))
		return false;
	__sync_fetch_and_add(&crowd_size, -1);
	return true;
}

static __always_inline void forget(const struct sock *sk)
{
	forget_key((__u64)sk);
}

/* False: no room, or there is one already (BPF_NOEXIST). */
static __always_inline bool track(const struct sock *sk, const struct conn *c, __u64 how)
{
	__u64 key = (__u64)sk;

	if (config.crowd && crowd_size && bpf_map_lookup_elem(&crowd, &key))
		return !bpf_map_update_elem(&crowd, &key, c, how);
	if (!bpf_map_update_elem(&socks, &key, c, how))
		return true;
	if (!config.crowd || bpf_map_lookup_elem(&socks, &key) ||
	    bpf_map_update_elem(&crowd, &key, c, how))
		return false;
	__sync_fetch_and_add(&crowd_size, 1);
	return true;
}

/* Of a connection that begins: without room its owner and its role will be unknown. */
static __always_inline void track_new(const struct sock *sk, const struct conn *c)
{
	if (!track(sk, c, BPF_ANY))
		__sync_fetch_and_add(&counters.table_full, 1);
}

/* What tells this connection from the next one of the same struct sock. */
static __always_inline void identify(struct conn *c, struct tcp_ref s)
{
	c->rword = last_remote_word(s);
	c->rport = remote_port(s);
	c->lport = local_port(s);
}

static __always_inline bool same_connection(const struct conn *c, const struct wire_tuple *t)
{
	__u32 rword;

	__builtin_memcpy(&rword, t->raddr + 12, sizeof(rword));
	return c->rword == rword && c->rport == t->rport && (!c->lport || c->lport == t->lport);
}

/* It was open before tracing: what it has moved until now is told apart. */
static __always_inline void mark_existing(struct tcp_ref s, struct conn *c)
{
	c->role = deduce_role(s);
	c->role_inferred = 1;
	c->existing = 1;
	c->born_ns = bpf_ktime_get_ns();
	c->walked_bytes = config.walk_idle ? WALK_TELLS : raw_bytes(s);
	read_bytes(s, c->role, 0, &c->tx_before, &c->rx_before);
}

/* Of a connection that begins: its SYN counts as a byte when it is established. */
static __always_inline __u64 nothing_moved(__u8 role)
{
	return config.walk_idle ? WALK_TELLS : role == WIRE_CLIENT;
}

/* The next walk tells it. */
static __always_inline void own(struct conn *c, const struct wire_owner *owner)
{
	c->owner = *owner;
	c->matched |= owner->matched;
	if (config.walk_idle)
		c->walked_bytes = WALK_TELLS;
}

static __always_inline struct opened *opened_by_process(__u32 tgid)
{
	__u32 slot = tgid % OPENERS;

	return bpf_map_lookup_elem(&openers, &slot);
}

/* The process that opened a socket may fork before anybody uses it: see on_share.h. */
static __always_inline void remember_opened(const struct sock *sk, __u32 tgid)
{
	struct opened *opened = opened_by_process(tgid);

	if (!opened)
		return;
	if (opened->tgid != tgid) {
		__builtin_memset(opened, 0, sizeof(*opened));
		opened->tgid = tgid;
	}
	opened->sock[opened->next++ % OPENED_KEPT] = (__u64)sk;
}

/*
 * A socket that was open before its first event here. Returns false where it is not to be
 * told: filtered out, never part of a connection, or asked to be ignored. Sets the tuple's role.
 */
static __always_inline bool adopt(struct tcp_ref s, __u8 state, struct wire_tuple *t,
				  struct conn *c)
{
	__u64 all_seen;

	if (config.ignore_existing || !snapshot_done)
		return false;
	if (is_one_of(state, 1 << TCP_CLOSE | 1 << TCP_LISTEN | 1 << TCP_SYN_RECV |
				     1 << TCP_TIME_WAIT | 1 << TCP_NEW_SYN_RECV))
		return false;
	if (!ports_wanted(t->lport, t->rport))
		return false;
	__builtin_memset(c, 0, sizeof(*c));
	mark_existing(s, c);
	/* More likely it began while there was no room for it. */
	all_seen = is_not_0(counters.table_full) - 1;
	c->tx_before &= all_seen;
	c->rx_before &= all_seen;
	identify(c, s);
	t->role = c->role;
	return wanted(t);
}

/* The current process is its owner already, and nothing is to be told of that. */
static __always_inline bool owned_by_current(const struct conn *c)
{
	return !config.pidns && !c->shared && c->owner.comm[0] &&
	       c->owner.pid == bpf_get_current_pid_tgid() >> 32;
}

/*
 * The first process that moves bytes on a socket which several hold, or that sends our FIN or
 * reset, serves the connection. Once an owner was seen to serve it stays.
 */
static __always_inline void serve(const struct sock *sk, struct conn *c,
				  const struct wire_owner *owner)
{
	bool watched = c->shared;
	bool changed = c->owner.pid != owner->pid || !c->owner.comm[0];

	c->served = 1;
	c->shared = 0;
	if (changed)
		own(c, owner);
	if (watched || (changed && config.want_owners))
		emit_owner((__u64)sk, c);
}

#endif
