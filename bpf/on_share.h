/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket comes into several hands: fork, descriptor passing. Then: who moves its bytes. */
#ifndef TCPTRAIL_ON_SHARE_H
#define TCPTRAIL_ON_SHARE_H

#include "track.h"

/* Bytes moved while one process held the socket were moved by its owner. */
static __always_inline void on_shared(const struct sock *sk)
{
	__u64 moved = bytes_moved(sk);
	struct conn *c = find(sk);

	if (!c || c->served || c->shared)
		return;
	if (moved > is_client(c->role)) { /* whose SYN is counted */
		c->served = 1;
		return;
	}
	c->shared = 1;
	emit_mark(WIRE_SHARED, (__u64)sk, c->born_ns);
}

/* tcptrail itself asks. Its one child is COMMAND, which waits to be executed. */
static __always_inline void on_start(void)
{
	struct task_struct *self = (void *)bpf_get_current_task();
	struct list_head *sibling;
	__u8 one = 1;
	__u32 tgid;

	self_tgid = bpf_get_current_pid_tgid() >> 32;
	if (!config.follow)
		return;
	sibling = BPF_CORE_READ(self, children.next);
	tgid = BPF_CORE_READ(
		(struct task_struct *)((void *)sibling -
				       bpf_core_field_offset(struct task_struct, sibling)),
		tgid);
	bpf_map_update_elem(&followed, &tgid, &one, BPF_ANY);
}

/* The child holds what the parent holds; only what was opened since the last fork is new. */
static __always_inline void on_fork(struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = BPF_CORE_READ(parent, tgid);
	__u32 child_tgid = BPF_CORE_READ(child, tgid);
	struct opened *opened;
	__u8 one = 1;

	if (tgid == child_tgid)
		return;
	if (config.follow && bpf_map_lookup_elem(&followed, &tgid))
		bpf_map_update_elem(&followed, &child_tgid, &one, BPF_ANY);
	opened = opened_by_process(tgid);
	if (!opened || opened->tgid != tgid)
		return;
	for (int i = 0; i < OPENED_KEPT && opened->sock[i]; i++) {
		on_shared((void *)opened->sock[i]);
		opened->sock[i] = 0;
	}
	opened->next = 0;
}

static __always_inline void on_exit(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (!BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&followed, &tgid);
}

static __always_inline void on_file_received(const struct file *file)
{
	struct sock *sk = sock_of_file(file);

	if (sk)
		on_shared(sk);
}

/* A process moved bytes, in its own context. Armed only while a socket is watched. */
static __always_inline void on_bytes(const struct sock *sk)
{
	struct conn *c = find(sk);
	struct wire_owner owner;

	if (!c || !c->shared || current_is_bystander())
		return;
	current_owner(&owner);
	serve(sk, c, &owner);
}

/*
 * A process looked up a socket for one of send, recv, setsockopt and their like. Whether it
 * moved bytes shows when the next one looks: the counters then differ from those left here.
 */
static __always_inline void on_socket_lookup(const struct sock *sk)
{
	__u64 key = (__u64)sk, moved;
	struct visit *last, visit = {};
	struct conn *c = find(sk);

	if (!c || !c->shared)
		return;
	moved = bytes_moved(sk);
	last = bpf_map_lookup_elem(&visits, &key);
	if (last && moved > last->moved) {
		serve(sk, c, &last->owner);
		bpf_map_delete_elem(&visits, &key);
		return;
	}
	current_owner(&visit.owner);
	visit.moved = moved;
	bpf_map_update_elem(&visits, &key, &visit, BPF_ANY);
}

#endif
