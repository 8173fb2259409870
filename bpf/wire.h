/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What crosses between kernel and user space: the records of the ring buffer and the
 * configuration that is fixed before loading. The one header that both sides include.
 *
 * Every record starts with a wire_head. A reader skips kinds it does not know.
 */
#ifndef TCPTRAIL_WIRE_H
#define TCPTRAIL_WIRE_H

#include <linux/types.h>

#define WIRE_COMM_LEN 16

enum wire_kind {
	WIRE_CONNECT = 1, /* a SYN left: struct wire_open */
	WIRE_ACCEPT = 2,  /* accept returned: struct wire_open; born_ns 0: closed before */
	WIRE_CLOSE = 3,	  /* the socket left the TCP state machine: struct wire_close */
	WIRE_FAILED = 4,  /* connect(2) failed before a SYN left: struct wire_failed */
	WIRE_OWNER = 5,	  /* another process serves the connection: struct wire_owner_change */
	WIRE_SHARED = 6, /* several processes hold it, nobody was seen to serve: struct wire_mark */
	WIRE_SYN = 7,	 /* a connect began whose local port is not known yet: struct wire_mark */
	WIRE_OPEN = 8,	 /* what is open when user space asks, by an iterator: struct wire_close */
	WIRE_CGROUP = 9, /* the path of a cgroup that an owner is in: struct wire_cgroup */
};

enum wire_role {
	WIRE_CLIENT = 0,
	WIRE_SERVER = 1,
};

struct wire_head {
	__u32 kind; /* enum wire_kind */
	__u32 size; /* bytes, this head included */
};

/* A process; all 0 where the owner is unknown. */
struct wire_owner {
	__u32 pid;     /* tgid in tcptrail's pid namespace, 0: not visible there */
	__u32 tid;     /* 0: not seen */
	__u32 uid;     /* effective, initial user namespace */
	__u32 matched; /* passes the owner filters that the kernel decides */
	__u64 cgroup;  /* cgroup v2 id, or with WIRE_CGROUP_V1 two ids */
	char comm[WIRE_COMM_LEN];
};

/*
 * Set: below it 31 bits of the cgroup's id in the hierarchy of pids, which is of version 1, and 32
 * of the v2 id. Ids are counted up.
 */
#define WIRE_CGROUP_V1	     (1ULL << 63)
#define WIRE_CGROUP_V1_SHIFT 32

/* Addresses in network byte order, IPv4 as ::ffff:a.b.c.d; all 0: not chosen. */
struct wire_tuple {
	__u8 laddr[16];
	__u8 raddr[16];
	__u16 lport;	    /* host byte order, 0: not chosen */
	__u16 rport;	    /* host byte order */
	__u32 netns;	    /* inode number */
	__u8 family;	    /* 4 or 6, on the wire */
	__u8 role;	    /* enum wire_role */
	__u8 existing;	    /* open before tracing, or first seen midway */
	__u8 role_inferred; /* deduced from the socket, not seen */
	__u8 matched;	    /* an owner passed the filters that the kernel decides */
	__u8 pad[3];
};

/* (sock, born_ns) names one connection: a sock is used again, but not at the same time. */
struct wire_mark {
	struct wire_head head;
	__u64 sock; /* struct sock *, never followed in user space */
	__u64 born_ns;
};

struct wire_open {
	struct wire_head head;
	__u64 sock;
	__u64 born_ns;
	__u64 ts_ns;	      /* CLOCK_MONOTONIC, as everywhere */
	__u64 accept_wait_ns; /* established to accept, WIRE_ACCEPT only */
	struct wire_tuple tuple;
	struct wire_owner owner;
	__u8 state;	 /* TCP state after the event */
	__u8 wait_known; /* accept_wait_ns was measured */
	__u8 pad[6];
};

struct wire_close {
	struct wire_head head;
	__u64 sock;
	__u64 born_ns;
	__u64 ts_ns;
	__u64 established_ns; /* 0: not seen */
	__u64 accepted_ns;    /* 0: not accepted, or not seen */
	__u64 tx_bytes;	      /* payload acknowledged by the peer */
	__u64 rx_bytes;	      /* payload received in order */
	__u64 tx_before;      /* of tx_bytes, before tracing began */
	__u64 rx_before;
	struct wire_tuple tuple;
	struct wire_owner owner;
	__u32 srtt_us; /* 0: never measured */
	__u32 retransmits;
	__u32 error;	/* sk_err, a positive errno, 0: none */
	__u8 old_state; /* TCP state that was left for CLOSE; WIRE_OPEN: the state now */
	__u8 shutdown;	/* sk_shutdown: 1 receive, 2 send */
	__u8 done;	/* the peer's FIN was received */
	__u8 held;	/* a process holds the socket: not in the accept queue, no orphan */
};

struct wire_failed {
	struct wire_head head;
	__u64 ts_ns;
	struct wire_tuple tuple;
	struct wire_owner owner;
	__u32 error; /* positive errno that connect(2) returned */
	__u32 pad;
};

struct wire_owner_change {
	struct wire_head head;
	__u64 sock;
	__u64 born_ns;
	struct wire_owner owner;
};

/* It comes before the first record that has such an owner, if there is room for it. */
#define WIRE_CGROUP_LEVELS 8
#define WIRE_CGROUP_NAME   128
struct wire_cgroup {
	struct wire_head head;
	__u64 cgroup;					  /* as in wire_owner */
	char names[WIRE_CGROUP_LEVELS][WIRE_CGROUP_NAME]; /* innermost first, the root has none */
};

/*
 * Closes that found no room in the ring buffer, summed by what a link is made of. Keys with a role
 * and `matched` only take what found no room here either, of a server's sockets those whose client
 * is elsewhere.
 */
struct wire_spill_key {
	__u8 client[16];
	__u8 server[16];
	__u32 netns;
	__u16 port;   /* the server's, host byte order */
	__u8 role;    /* enum wire_role: whose socket it was */
	__u8 matched; /* as in wire_tuple */
	char comm[WIRE_COMM_LEN];
};

struct wire_spill {
	__u64 connections;
	__u64 failed;	/* of them, never established */
	__u64 tx_bytes; /* client to server, without what was moved before tracing began */
	__u64 rx_bytes;
};

/* Bits of a port's rule, one byte for each of the 65,536 ports. */
#define PORT_EITHER_IN	1 /* -P names it */
#define PORT_EITHER_OUT 2 /* -P excludes it */
#define PORT_LOCAL_OK	4
#define PORT_REMOTE_OK	8

/* Values of the address maps. */
#define ADDR_INCLUDED 1
#define ADDR_EXCLUDED 2

/* Fixed before the programs are loaded, so that the verifier drops what is not asked for. */
struct wire_config {
	__u8 family;		  /* 4, 6, or 0 for both */
	__u8 role;		  /* enum wire_role plus 1, or 0 for both */
	__u8 ports_either;	  /* -P is given */
	__u8 ports_either_listed; /* -P names ports, not only excludes some */
	__u8 ports_local;	  /* -L is given */
	__u8 ports_remote;	  /* -D is given */
	__u8 laddrs;		  /* --laddr is given */
	__u8 laddrs_listed;	  /* --laddr names networks, not only excludes some */
	__u8 raddrs;
	__u8 raddrs_listed;
	__u8 ignore_existing; /* what was open before the start is not told */
	__u8 want_connects;   /* connect records are needed */
	__u8 want_accepts;    /* accept records are needed */
	__u8 want_closes;     /* close records are needed */
	__u8 want_owners;     /* owner changes are needed */
	__u8 connect_calls;   /* the return of connect(2) is hooked */
	__u8 syn_from_state;  /* no hook on tcp_connect: SYN_SENT tells of a connect */
	__u8 follow;	      /* only processes in `followed` */
	__u8 tell_unmatched;  /* who fails the filters on owners is told too, marked as such */
	__u8 crowd;	      /* the table of connections has its second part */
	__u8 walk_idle;	      /* a walk tells what never moved a byte, too */
	__u8 keep_sums;	      /* what the ring buffer cannot take goes to `spills` */
	__u8 tell_cgroups;    /* the paths of the owners' cgroups are needed */
	__u8 pids_v1;	      /* the hierarchy of pids is of version 1 */
	__u32 netns;	      /* inode number, or 0 for all */
	__u32 pidns;	      /* inode number of our pid namespace, 0: the initial one */
	__u64 cgroup_id;      /* only this cgroup and below, or 0 for all */
	__u64 wake_bytes;     /* data in the ring buffer from which the reader is woken */
};

/* Counted in the kernel, read by mmap. */
struct wire_counters {
	__u64 ring_full;  /* events that found no room in the ring buffer */
	__u64 table_full; /* connections that found no room */
	__u64 existing;	  /* sockets found open at the start */
	__u64 not_seen;	  /* closes that only their absence told of */
};

#ifdef __cplusplus
#define WIRE_ASSERT static_assert
#else
#define WIRE_ASSERT _Static_assert
#endif
WIRE_ASSERT(sizeof(struct wire_head) == 8, "no padding");
WIRE_ASSERT(sizeof(struct wire_owner) == 40, "no padding");
WIRE_ASSERT(sizeof(struct wire_tuple) == 48, "no padding");
WIRE_ASSERT(sizeof(struct wire_mark) == 24, "no padding");
WIRE_ASSERT(sizeof(struct wire_open) == 136, "no padding");
WIRE_ASSERT(sizeof(struct wire_close) == 184, "no padding");
WIRE_ASSERT(sizeof(struct wire_failed) == 112, "no padding");
WIRE_ASSERT(sizeof(struct wire_owner_change) == 64, "no padding");
WIRE_ASSERT(sizeof(struct wire_cgroup) == 1040, "no padding");
WIRE_ASSERT(sizeof(struct wire_config) == 48, "no padding");
WIRE_ASSERT(sizeof(struct wire_counters) == 32, "no padding");
WIRE_ASSERT(sizeof(struct wire_spill_key) == 56, "no padding");
WIRE_ASSERT(sizeof(struct wire_spill) == 32, "no padding");

#endif
