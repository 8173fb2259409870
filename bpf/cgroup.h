/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A task -> its cgroup, whose path is told once: user space could not ask when it sees the id. */
#ifndef TCPTRAIL_CGROUP_H
#define TCPTRAIL_CGROUP_H

#include "maps.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

static __always_inline struct kernfs_node *directory_above(struct kernfs_node *dir)
{
	struct kernfs_node___rcu *rcu = (void *)dir;

	if (bpf_core_field_exists(dir->parent))
		return BPF_CORE_READ(dir, parent);
	if (bpf_core_field_exists(rcu->__parent))
		return BPF_CORE_READ(rcu, __parent);
	return NULL;
}

/* The ring buffer is not filled with it, as by a start where there are thousands. */
static __always_inline void tell_cgroup(__u64 cgroup, struct kernfs_node *dir)
{
	struct kernfs_node *above;
	struct wire_cgroup *rec;
	__u8 told = 1;

	if (bpf_map_lookup_elem(&told_cgroups, &cgroup) ||
	    bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= config.wake_bytes)
		return;
	rec = bpf_ringbuf_reserve(&events, sizeof(*rec), 0);
	if (!rec)
		return;
	rec->head.kind = WIRE_CGROUP;
	rec->head.size = sizeof(*rec);
	rec->cgroup = cgroup;
	for (int i = 0; i < WIRE_CGROUP_LEVELS; i++) {
		rec->names[i][0] = 0;
		above = directory_above(dir);
		if (!above)
			continue;
		bpf_probe_read_kernel_str(rec->names[i], sizeof(rec->names[i]),
					  BPF_CORE_READ(dir, name));
		dir = above;
	}
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	bpf_map_update_elem(&told_cgroups, &cgroup, &told, BPF_ANY);
}

static __always_inline struct kernfs_node *pids_directory(struct css_set *set)
{
	__u64 index = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	struct cgroup_subsys_state **states;
	struct cgroup_subsys_state *state;

	states = (void *)set + bpf_core_field_offset(struct css_set, subsys);
	bpf_probe_read_kernel(&state, sizeof(state), states + index);
	return BPF_CORE_READ(state, cgroup, kn);
}

/*
 * The cgroup as in wire_owner. Where v1 has put the task nowhere, v2 may have. Not inlined: it is
 * in every program that reads an owner, and seldom asked for.
 */
static __noinline __u64 told_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *dir = BPF_CORE_READ(set, dfl_cgrp, kn);
	__u64 cgroup = BPF_CORE_READ(dir, id);
	struct kernfs_node *v1;

	if (config.pids_v1) {
		v1 = pids_directory(set);
		cgroup = WIRE_CGROUP_V1 | BPF_CORE_READ(v1, id) << WIRE_CGROUP_V1_SHIFT |
			 (__u32)cgroup;
		if (directory_above(v1))
			dir = v1;
	}
	tell_cgroup(cgroup, dir);
	return cgroup;
}

#endif
