/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's types, reduced to the fields that tcptrail reads. CO-RE finds each field's
 * place in the running kernel's BTF, so neither order nor size matters here, and no BTF is
 * needed to build. tests/live holds the names against a kernel's BTF by loading.
 */
#ifndef TCPTRAIL_KERNEL_H
#define TCPTRAIL_KERNEL_H

/* bpf_tracing.h takes user-space register names without it. */
#define __VMLINUX_H__

#include <stdbool.h>
#include <linux/bpf.h>

/* include/net/tcp_states.h, include/linux/socket.h, include/uapi/linux/in.h, magic.h */
#define TCP_ESTABLISHED	   1
#define TCP_SYN_SENT	   2
#define TCP_SYN_RECV	   3
#define TCP_FIN_WAIT1	   4
#define TCP_FIN_WAIT2	   5
#define TCP_TIME_WAIT	   6
#define TCP_CLOSE	   7
#define TCP_CLOSE_WAIT	   8
#define TCP_LAST_ACK	   9
#define TCP_LISTEN	   10
#define TCP_CLOSING	   11
#define TCP_NEW_SYN_RECV   12
#define AF_INET		   2
#define AF_INET6	   10
#define IPPROTO_TCP	   6
#define SOCKFS_MAGIC	   0x534F434B
#define SOCK_BINDADDR_LOCK 4
#define PF_KTHREAD	   0x00200000
/* enum sock_flags, include/net/sock.h: the second, unchanged since 2.6 */
#define SOCK_DONE_BIT 1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di, si, dx, cx, r8, ax, bp, sp, ip;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};
#endif

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4]; /* for its alignment: whole words are loaded */
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	unsigned long skc_flags;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

typedef enum {
	SS_FREE = 0,
	SS_UNCONNECTED,
} socket_state;

struct socket {
	socket_state state;
	struct sock *sk;
};

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	int sk_err;
	__u8 sk_shutdown;
	__u8 sk_userlocks : 4;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct ipv6_pinfo {
	int mcast_oif;
};

struct inet_sock {
	struct ipv6_pinfo *pinet6;
	__be16 inet_sport;
	int mc_index;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_received;
	__u64 bytes_acked;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u32 snd_una;
	__u32 write_seq;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 srtt_us;
	__u32 total_retrans;
};

struct proto_accept_arg {
	int err;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct file {
	void *private_data;
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct kernfs_node {
	__u64 id;
	const char *name;
	struct kernfs_node *parent;
};

/* From 6.15 on (commit 633488947ef6 has it read under RCU). */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[];
};

/* Up to 6.0 (commit 7f203bc89eb6 replaced the ids by pointers). */
struct cgroup___ids {
	int level;
	__u64 ancestor_ids[];
};

enum cgroup_subsys_id {
	pids_cgrp_id,
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t euid;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[];
};

typedef struct {
	int counter;
} atomic_t;

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
};

struct signal_struct {
	atomic_t live;
	struct pid *pids[4];
};

struct list_head {
	struct list_head *next;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct list_head children;
	struct list_head sibling;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct files_struct *files;
	struct css_set *cgroups;
	const struct cred *cred;
	char comm[16];
};

/* From 6.3 on; only its existence is asked. */
struct task_struct__safe_rcu {
	const struct cred *cred;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *key;
	void *value;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

#pragma clang attribute pop

/* User API, fixed: the argument of connect(2). */
struct sockaddr_any {
	__u16 family;
	__be16 port;
	union {
		__be32 addr4;
		struct {
			__u32 flowinfo;
			__u8 addr6[16];
		};
	};
};

/* The perf tracepoints of syscalls: format files in tracefs, unchanged since 2.6. */
struct sys_enter_args {
	__u64 common;
	long nr;
	unsigned long args[6];
};

struct sys_exit_args {
	__u64 common;
	long nr;
	long ret;
};

/* format of sock/inet_sock_set_state: the first fields. */
struct set_state_args {
	__u64 common;
	const void *skaddr;
	int oldstate;
	int newstate;
	__u16 sport;
	__u16 dport;
	__u16 family;
	__u16 protocol;
};

#endif
