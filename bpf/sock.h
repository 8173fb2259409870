/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct sock -> five-tuple, bytes, state. Every read of a socket's fields lives here. */
#ifndef TCPTRAIL_SOCK_H
#define TCPTRAIL_SOCK_H

#include "kernel.h"
#include "wire.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/*
 * A TCP socket as a program has it. Where the verifier knows the type of its pointers a field is
 * one load; elsewhere a helper is called for each. `typed` is a constant where this is inlined.
 */
struct tcp_ref {
	const struct sock *sk;
	const struct tcp_sock *tp;
	bool typed;
};

#define READ(typed, pointer, field)                                                                \
	({                                                                                         \
		typeof(pointer) at_ = (pointer);                                                   \
		(typed) ? at_->field : BPF_CORE_READ(at_, field);                                  \
	})
#define READ_SOCK(ref, field) READ((ref).typed, (ref).sk, field)
#define READ_TCP(ref, field)  READ((ref).typed, (ref).tp, field)

/*
 * An argument of fentry, fexit or tp_btf. NULL if it is no TCP socket. What the helper returns is
 * used for all: the verifier does not trust it, see loads_are_searched().
 */
static __always_inline struct tcp_ref typed_ref(const struct sock *sk)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);

	return (struct tcp_ref){.sk = (const struct sock *)tp, .tp = tp, .typed = true};
}

/* A mere address, of what is known to be a TCP socket. */
static __always_inline struct tcp_ref probed_ref(const struct sock *sk)
{
	return (struct tcp_ref){.sk = sk, .tp = (const struct tcp_sock *)sk, .typed = false};
}

/*
 * What the next three answer without a branch: each one is a second path through all that follows,
 * which the verifier takes, too. The barriers keep clang from making one of it.
 */
static __always_inline __u64 is_one_of(__u8 state, __u32 states)
{
	return states >> (state & 31) & 1;
}

static __always_inline __u64 is_not_0(__u64 value)
{
	__u64 sign = value | -value;

	barrier_var(sign);
	return sign >> 63;
}

/* Of values below 2^63. */
static __always_inline __u64 difference_or_0(__u64 value, __u64 less)
{
	__s64 difference = value - less;
	__u64 sign = difference >> 63;

	barrier_var(sign);
	return difference & ~sign;
}

static __always_inline __u8 sock_state(struct tcp_ref s)
{
	return READ_SOCK(s, __sk_common.skc_state);
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

	return !(word[0] | word[1] | (word[2] ^ bpf_htonl(0xffff)));
}

static __always_inline __u32 read_netns(struct tcp_ref s)
{
	const struct sock *sk = s.sk;

	return s.typed ? sk->__sk_common.skc_net.net->ns.inum
		       : BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* All bits of a TCP socket's family where it is that of IPv6. */
static __always_inline __u64 ipv6_mask(__u16 family)
{
	_Static_assert(AF_INET6 >> 3 == 1 && AF_INET >> 3 == 0, "one bit tells them apart");
	return -(__u64)(family >> 3);
}

/* One of both, without a branch and in few loads: a typed one is seven instructions on x86. */
static __always_inline void choose_address(__u8 to[16], const struct in6_addr *addr6, __be32 addr4,
					   __u64 ipv6)
{
	const __u64 *from = (const __u64 *)addr6;
	__u64 *half = (__u64 *)to;

	/* All machines here are little-endian. */
	half[0] = from[0] & ipv6;
	half[1] = (from[1] & ipv6) | (((__u64)addr4 << 32 | bpf_htonl(0xffff)) & ~ipv6);
}

static __always_inline void read_addresses(struct tcp_ref s, struct wire_tuple *t)
{
	const struct sock_common *sk = &s.sk->__sk_common;
	__u16 family = READ_SOCK(s, __sk_common.skc_family);

	if (s.typed) {
		choose_address(t->laddr, &sk->skc_v6_rcv_saddr, sk->skc_rcv_saddr,
			       ipv6_mask(family));
		choose_address(t->raddr, &sk->skc_v6_daddr, sk->skc_daddr, ipv6_mask(family));
	} else if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&t->laddr, sk, skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&t->raddr, sk, skc_v6_daddr.in6_u.u6_addr8);
	} else {
		map_ipv4(t->laddr, BPF_CORE_READ(sk, skc_rcv_saddr));
		map_ipv4(t->raddr, BPF_CORE_READ(sk, skc_daddr));
	}
}

/* 4 or 6, by what is on the wire. */
static __always_inline __u8 family_of(const __u8 addr[16])
{
	const __u32 *word = (const __u32 *)addr;

	return 4 + 2 * is_not_0(word[0] | word[1] | (word[2] ^ bpf_htonl(0xffff)));
}

/*
 * Host byte order. inet_sport tells it: skc_num is still 0 when a socket goes to SYN_SENT, and 0
 * again at CLOSE.
 */
static __always_inline __u16 local_port(struct tcp_ref s)
{
	return bpf_ntohs(READ_TCP(s, inet_conn.icsk_inet.inet_sport));
}

static __always_inline __u16 remote_port(struct tcp_ref s)
{
	return bpf_ntohs(READ_SOCK(s, __sk_common.skc_dport));
}

/* Network byte order. */
static __always_inline __u32 last_remote_word(struct tcp_ref s)
{
	__u16 family = READ_SOCK(s, __sk_common.skc_family);
	__u32 ipv6 = ipv6_mask(family);

	if (s.typed)
		return (s.sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3] & ipv6) |
		       (s.sk->__sk_common.skc_daddr & ~ipv6);
	if (family == AF_INET6)
		return READ_SOCK(s, __sk_common.skc_v6_daddr.in6_u.u6_addr32[3]);
	return READ_SOCK(s, __sk_common.skc_daddr);
}

/* Addresses, ports and namespace; the role is the caller's. */
static __always_inline void read_tuple(struct tcp_ref s, struct wire_tuple *t)
{
	__builtin_memset(t, 0, sizeof(*t));
	read_addresses(s, t);
	t->family = family_of(t->raddr);
	t->lport = local_port(s);
	t->rport = remote_port(s);
	t->netns = read_netns(s);
}

/* A process holds it: neither in the accept queue nor an orphan that finishes by itself. */
static __always_inline bool is_held(struct tcp_ref s)
{
	return READ_SOCK(s, sk_socket) != NULL;
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
static __always_inline __u8 deduce_role(struct tcp_ref s)
{
	const struct inet_sock *inet = (const struct inet_sock *)s.sk;
	struct ipv6_pinfo *pinet6;
	int ifindex;

	_Static_assert(WIRE_CLIENT == 0 && WIRE_SERVER == 1, "a bit tells");

	if (READ_SOCK(s, __sk_common.skc_family) == AF_INET6) {
		pinet6 = BPF_CORE_READ(inet, pinet6);
		ifindex = BPF_CORE_READ(pinet6, mcast_oif);
	} else {
		ifindex = BPF_CORE_READ(inet, mc_index);
	}
	return is_not_0((__u32)ifindex) & is_one_of(sock_state(s), ~(1 << TCP_SYN_SENT));
}

static __always_inline __u64 is_client(__u8 role)
{
	return is_one_of(role, 1 << WIRE_CLIENT);
}

/*
 * Bytes that processes read from and wrote to an established socket so far; a client's SYN is
 * counted as one. A segment may come between any two of these reads; in this order it never looks
 * like bytes that somebody moved.
 */
static __always_inline __u64 bytes_moved(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u64 received = BPF_CORE_READ(tp, bytes_received);
	__u32 copied = BPF_CORE_READ(tp, copied_seq);
	__u32 unread = BPF_CORE_READ(tp, rcv_nxt) - copied;
	__u64 written = BPF_CORE_READ(tp, bytes_acked);
	__u32 acked = BPF_CORE_READ(tp, snd_una);
	__u32 unacked = BPF_CORE_READ(tp, write_seq) - acked;

	return difference_or_0(received, unread) + written + unacked;
}

/* The kernel's own counters, which SYN and FIN move too: whether anything happened since. */
static __always_inline __u64 raw_bytes(struct tcp_ref s)
{
	return READ_TCP(s, bytes_acked) + READ_TCP(s, bytes_received);
}

static __always_inline bool fin_was_received(struct tcp_ref s)
{
	return READ_SOCK(s, __sk_common.skc_flags) >> SOCK_DONE_BIT & 1;
}

/*
 * In CLOSE the state does not tell any more whether our FIN is among the bytes acknowledged. Of the
 * payload no more can be than was sent, which these counters have without SYN and FIN.
 */
static __always_inline __u64 at_most_sent(struct tcp_ref s, __u64 tx)
{
	__u64 sent = READ_TCP(s, bytes_sent) - READ_TCP(s, bytes_retrans);

	return tx - difference_or_0(tx, sent);
}

#define FIN_WAS_SENT                                                                               \
	(1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_CLOSING | 1 << TCP_LAST_ACK)

/*
 * Payload bytes acknowledged by the peer and received in order. The counters count SYN and FIN
 * as a byte each. Our FIN is acknowledged when the socket leaves a state after its sending with
 * nothing unacknowledged; the peer's was received in order when SOCK_DONE is set. `old_state` 0:
 * the socket is open; its state is read last, so that a FIN on its way is not taken for payload.
 * Returns the state that was decisive.
 */
static __always_inline __u8 read_bytes(struct tcp_ref s, __u8 role, __u8 old_state, __u64 *tx,
				       __u64 *rx)
{
	__u64 acked = READ_TCP(s, bytes_acked);
	__u64 received = READ_TCP(s, bytes_received);
	__u8 state = old_state ? old_state : sock_state(s);
	__u64 unacked = is_not_0(READ_TCP(s, snd_una) ^ READ_TCP(s, write_seq));
	__u64 no_payload = is_client(role) & is_one_of(state, ~(1 << TCP_SYN_SENT));

	no_payload += is_one_of(state, FIN_WAS_SENT) & ~unacked;
	*tx = difference_or_0(acked, no_payload);
	if (is_one_of(state, 1 << TCP_CLOSE))
		*tx = at_most_sent(s, *tx);
	*rx = difference_or_0(received, fin_was_received(s));
	return state;
}

/* All else that a close tells. */
static __always_inline void read_outcome(struct tcp_ref s, struct wire_close *rec)
{
	rec->srtt_us = READ_TCP(s, srtt_us) >> 3; /* kept in eighths */
	rec->retransmits = READ_TCP(s, total_retrans);
	rec->error = READ_SOCK(s, sk_err);
	rec->shutdown = READ_SOCK(s, sk_shutdown);
	rec->done = fin_was_received(s);
	rec->held = is_held(s);
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
