/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct sock -> five-tuple, bytes, state. Every read of a socket's fields lives here. */
#ifndef TCPTRAIL_SOCK_H
#define TCPTRAIL_SOCK_H

#include "kernel.h"
#include "wire.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u8 sock_state(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_state);
}

static __always_inline bool is_tcp(const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return (family == AF_INET || family == AF_INET6) &&
	       BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

static __always_inline void map_ipv4(__u8 to[16], __be32 addr)
{
	__builtin_memset(to, 0, 10);
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(to + 12, &addr, 4);
}

static __always_inline bool is_mapped(const __u8 addr[16])
{
	const __u32 *word = (const __u32 *)addr;

	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

/*
 * Addresses, ports and namespace; the role is the caller's. The local port comes from
 * inet_sport: skc_num is still 0 when a socket goes to SYN_SENT, and 0 again at CLOSE.
 */
static __always_inline void read_tuple(const struct sock *sk, struct wire_tuple *t)
{
	__be16 dport = BPF_CORE_READ(sk, __sk_common.skc_dport);
	__be16 sport = BPF_CORE_READ((const struct inet_sock *)sk, inet_sport);

	__builtin_memset(t, 0, sizeof(*t));
	t->family = 4;
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		BPF_CORE_READ_INTO(&t->laddr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&t->raddr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
		if (!is_mapped(t->raddr))
			t->family = 6;
	} else {
		map_ipv4(t->laddr, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		map_ipv4(t->raddr, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	}
	t->lport = bpf_ntohs(sport);
	t->rport = bpf_ntohs(dport);
	t->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* A process holds it: neither in the accept queue nor an orphan that finishes by itself. */
static __always_inline bool is_held(const struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_socket) != NULL;
}

static __always_inline bool bound_to_address(const struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDADDR_LOCK;
}

/*
 * Whether a socket was accepted, for those that were not seen opening. The kernel keeps the
 * SYN's interface in a multicast field of the accepted socket (tcp_v4_syn_recv_sock,
 * tcp_v6_syn_recv_sock; 5.10 to 7.2), which a connected one only has by a socket option.
 */
static __always_inline __u8 deduce_role(const struct sock *sk)
{
	const struct inet_sock *inet = (const struct inet_sock *)sk;
	struct ipv6_pinfo *pinet6;
	int ifindex;

	if (sock_state(sk) == TCP_SYN_SENT)
		return WIRE_CLIENT;
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		pinet6 = BPF_CORE_READ(inet, pinet6);
		ifindex = BPF_CORE_READ(pinet6, mcast_oif);
	} else {
		ifindex = BPF_CORE_READ(inet, mc_index);
	}
	return ifindex ? WIRE_SERVER : WIRE_CLIENT;
}

/* Bytes that processes read from and wrote to an established socket so far. */
static __always_inline __u64 bytes_moved(const struct sock *sk, __u8 role)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u32 unread = BPF_CORE_READ(tp, rcv_nxt) - BPF_CORE_READ(tp, copied_seq);
	__u32 unacked = BPF_CORE_READ(tp, write_seq) - BPF_CORE_READ(tp, snd_una);
	__u64 read = BPF_CORE_READ(tp, bytes_received);
	__u64 written = BPF_CORE_READ(tp, bytes_acked) + unacked;

	read -= unread <= read ? unread : read;
	if (role == WIRE_CLIENT && written)
		written--; /* the SYN */
	return read + written;
}

static __always_inline bool fin_was_received(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_flags) & (1UL << SOCK_DONE_BIT);
}

/*
 * Payload bytes acknowledged by the peer and received in order. The counters count SYN and FIN
 * as a byte each. Our FIN is acknowledged when the socket leaves a state after its sending with
 * nothing unacknowledged; the peer's was received in order when SOCK_DONE is set. `old_state` 0:
 * the socket is open; its state is read last, so that a FIN on its way is not taken for payload.
 * Returns the state that was decisive.
 */
static __always_inline __u8 read_bytes(const struct sock *sk, __u8 role, __u8 old_state, __u64 *tx,
				       __u64 *rx)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u64 acked = BPF_CORE_READ(tp, bytes_acked);
	__u64 received = BPF_CORE_READ(tp, bytes_received);
	__u8 state = old_state ? old_state : sock_state(sk);
	bool fin_sent = state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
			state == TCP_LAST_ACK;
	__u64 no_payload = role == WIRE_CLIENT && state != TCP_SYN_SENT;
	bool done = fin_was_received(sk);

	if (fin_sent && BPF_CORE_READ(tp, snd_una) == BPF_CORE_READ(tp, write_seq))
		no_payload++;
	*tx = acked > no_payload ? acked - no_payload : 0;
	*rx = received > done ? received - done : 0;
	return state;
}

/* As read_bytes(), and all else that a close tells. The record's tuple is filled in. */
static __always_inline __u8 read_outcome(const struct sock *sk, __u8 old_state,
					 struct wire_close *rec)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u64 tx, rx;

	rec->old_state = read_bytes(sk, rec->tuple.role, old_state, &tx, &rx);
	rec->tx_bytes = tx;
	rec->rx_bytes = rx;
	rec->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3; /* kept in eighths */
	rec->retransmits = BPF_CORE_READ(tp, total_retrans);
	rec->error = BPF_CORE_READ(sk, sk_err);
	rec->shutdown = BPF_CORE_READ(sk, sk_shutdown);
	rec->done = fin_was_received(sk);
	rec->held = is_held(sk);
	return rec->old_state;
}

/* The TCP socket behind an open file, or NULL. bpf_sock_from_file() came with 5.11. */
static __always_inline struct sock *sock_of_file(const struct file *file)
{
	struct socket *socket;
	struct sock *sk;

	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	return sk && is_tcp(sk) ? sk : NULL;
}

#endif
