/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map and global; the comment says who inserts and who deletes. */
#ifndef TCPTRAIL_MAPS_H
#define TCPTRAIL_MAPS_H

#include "kernel.h"
#include "wire.h"
#include <bpf/bpf_helpers.h>

/*
 * An open connection. Bytes that different contexts write (a process, a softirq on another
 * CPU) are fields of their own, since BPF before 5.12 has no atomic or.
 */
struct conn {
	struct wire_owner owner;
	__u64 born_ns;	      /* SYN, establishment (server), or first sight */
	__u64 established_ns; /* 0: not seen */
	__u64 accepted_ns;    /* 0: not seen */
	__u64 tx_before;      /* payload bytes that moved before tracing began */
	__u64 rx_before;
	__u64 walked_bytes; /* the kernel's counters when a walk told it, or WALK_TELLS */
	__u32 walk;	    /* the last that told it */
	__u32 rword;   /* the remote address's last word, network byte order: see same_socket() */
	__u16 rport;   /* host byte order */
	__u16 lport;   /* 0: not chosen yet */
	__u8 role;     /* enum wire_role */
	__u8 existing; /* open before tracing, or first seen midway */
	__u8 role_inferred;
	__u8 pending; /* client whose connect record waits for the local port */
	__u8 served;  /* the owner was seen to move bytes */
	__u8 shared;  /* several may hold it, watched until one moves bytes */
	__u8 matched; /* an owner passed the filters that the kernel decides */
	__u8 told;    /* its close was, and it could not be deleted */
};

#define WALK_TELLS (~0ULL)

/* In: connect, establishment, accept, snapshot, first sight. Out: the close handler. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64); /* struct sock * */
	__type(value, struct conn);
	__uint(max_entries, 4096);
} socks SEC(".maps");

/*
 * What finds no room in `socks`, which has so few buckets that a walk over them costs nothing.
 * `crowd_size` counts it, by those who insert and delete.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);
	__type(value, struct conn);
	__uint(max_entries, 131072);
} crowd SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2097152);
} events SEC(".maps");

/*
 * The sockets that a process opened last: which of them a fork shares. An array, since each connect
 * and accept comes here: processes whose numbers share a slot displace each other. In: connect,
 * accept.
 */
#define OPENERS	    2048
#define OPENED_KEPT 8
struct opened {
	__u64 sock[OPENED_KEPT];
	__u32 next;
	__u32 tgid; /* in the initial pid namespace */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* tgid modulo OPENERS */
	__type(value, struct opened);
	__uint(max_entries, OPENERS);
} openers SEC(".maps");

/* A connect(2) under way. In: its entry. Out: its return, or the least recently used. */
struct call {
	__u64 sock; /* struct sock * */
	__u64 addr; /* struct sockaddr *, of the kernel or of the user */
	__u64 sent; /* the state machine took the socket to SYN_SENT and kept it there */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u64); /* pid_tgid */
	__type(value, struct call);
	__uint(max_entries, 2048);
} calls SEC(".maps");

/* Who last looked at a watched socket. In: sockfd_lookup_light. Out: least recently used. */
struct visit {
	struct wire_owner owner;
	__u64 moved; /* bytes read and written by then */
	__u32 tgid;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u64); /* struct sock * */
	__type(value, struct visit);
	__uint(max_entries, 1024);
} visits SEC(".maps");

/* In: closes without room in `events`; user space enters the keys for the rest. Out: never. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct wire_spill_key);
	__type(value, struct wire_spill);
	__uint(max_entries, 1024);
} spills SEC(".maps");

/* COMMAND and its descendants. In: our start, fork. Out: exit of the process. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32); /* tgid in the initial pid namespace */
	__type(value, __u8);
	__uint(max_entries, 16384);
} followed SEC(".maps");

/* Whose path was told. In: who tells it. Out: the least recently used, to be told again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u64); /* cgroup of wire_owner */
	__type(value, __u8);
	__uint(max_entries, 4096);
} told_cgroups SEC(".maps");

/* Networks of --laddr and --addr. In: user space, before loading is over. */
struct net_key {
	__u32 prefix; /* bits, the family's 8 included */
	__u8 family;  /* 4 or 6: ::/0 is not to match IPv4 */
	__u8 addr[16];
	__u8 pad[3];
};

#define NET_MAP(name)                                                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);                                               \
		__type(key, struct net_key);                                                       \
		__type(value, __u8);                                                               \
		__uint(max_entries, 4096);                                                         \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
	} name SEC(".maps")

NET_MAP(laddrs);
NET_MAP(raddrs);

const volatile struct wire_config config = {};
const volatile __u8 port_rules[65536] SEC(".rodata.ports") = {};

struct wire_counters counters = {};
/* Entries of `crowd`. */
__u32 crowd_size = 0;
/* The walk under way, from 1 on, and whether it tells everything. In: user space. */
__u32 walk = 0;
__u32 walk_all = 0;
/* A walk found no room in the ring buffer: what it did not tell the next one will. */
int walk_unfinished = 0;
/* The reader sleeps and wants to be woken by the next record. */
int reader_asleep = 0;
/* Accepts are seen where the socket is not locked: a close may come between. In: user space. */
int accepts_race = 1;
/* Our tgid in the initial pid namespace, whatever our own is. In: ask_raw_tp. */
__u32 self_tgid = 0;
/* The snapshot is complete: a socket that is unknown now has escaped it. */
int snapshot_done = 0;

#endif
