/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A task -> the owner as it is told: ids of our pid namespace, the process's name, cgroup. */
#ifndef TCPTRAIL_OWNER_H
#define TCPTRAIL_OWNER_H

#include "cgroup.h"
#include "maps.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Deeper pid namespaces than this are not found; the kernel's own limit is 32. */
#define PIDNS_DEPTH 8
/* Nor are cgroups deeper than this told from their ancestors. */
#define CGROUP_DEPTH 16

/* The number of a pid in tcptrail's pid namespace, 0 where it has none. */
static __always_inline __u32 pid_here(struct pid *pid)
{
	__u32 level = BPF_CORE_READ(pid, level);
	struct pid_namespace *ns;
	struct upid *upid;

	for (__u32 i = 0; i < PIDNS_DEPTH; i++) {
		if (i > level)
			break;
		upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
		       i * bpf_core_type_size(struct upid);
		ns = BPF_CORE_READ(upid, ns);
		if (BPF_CORE_READ(ns, ns.inum) == config.pidns)
			return BPF_CORE_READ(upid, nr);
	}
	return 0;
}

/* In config.cgroup_id or below it. */
static __always_inline bool in_cgroup(struct cgroup *cgrp)
{
	struct cgroup___ids *ids = (void *)cgrp;
	int level = BPF_CORE_READ(cgrp, level);
	struct cgroup *above;
	__u64 id = 0;

	for (int i = 0; i < CGROUP_DEPTH && i <= level; i++) {
		if (bpf_core_field_exists(cgrp->ancestors)) {
			bpf_core_read(&above, sizeof(above), &cgrp->ancestors[i]);
			id = BPF_CORE_READ(above, kn, id);
		} else if (bpf_core_field_exists(ids->ancestor_ids)) {
			bpf_core_read(&id, sizeof(id), &ids->ancestor_ids[i]);
		}
		if (id == config.cgroup_id)
			return true;
	}
	return false;
}

static __always_inline bool kernel_decides_owners(void)
{
	return config.follow || config.cgroup_id;
}

static __always_inline bool is_followed(__u32 tgid)
{
	return bpf_map_lookup_elem(&followed, &tgid);
}

/* Whether the filters on owners that the kernel decides let this task pass. */
static __always_inline bool task_matches(struct task_struct *task)
{
	if (config.cgroup_id && !in_cgroup(BPF_CORE_READ(task, cgroups, dfl_cgrp)))
		return false;
	return !config.follow || is_followed(BPF_CORE_READ(task, tgid));
}

/* From 5.11 on the current task's fields are loads; before, and of another task, helper calls. */
static __always_inline bool current_is_typed(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf);
}

/*
 * From 6.3 on the verifier searches all types by name, three times, whenever a pointer is loaded
 * from one that it trusts: 2 ms each (type_is_rcu() and its like). A helper reads these instead.
 */
static __always_inline bool loads_are_searched(void)
{
	return bpf_core_type_exists(struct task_struct__safe_rcu);
}

static __always_inline void read_comm(const struct task_struct *leader, struct wire_owner *owner)
{
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), leader->comm);
}

static __always_inline void read_ids_here(struct task_struct *task, struct wire_owner *owner)
{
	owner->pid = pid_here(BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]));
	owner->tid = pid_here(BPF_CORE_READ(task, thread_pid));
}

static __always_inline void read_owner(struct task_struct *task, struct wire_owner *owner)
{
	__builtin_memset(owner, 0, sizeof(*owner));
	if (config.pidns) {
		read_ids_here(task, owner);
	} else {
		owner->pid = BPF_CORE_READ(task, tgid);
		owner->tid = BPF_CORE_READ(task, pid);
	}
	owner->uid = BPF_CORE_READ(task, cred, euid.val);
	owner->cgroup = config.tell_cgroups ? told_cgroup(task)
					    : BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	owner->matched = task_matches(task);
	read_comm(BPF_CORE_READ(task, group_leader), owner);
}

static __always_inline void current_owner(struct wire_owner *owner)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 thread = bpf_get_current_pid_tgid();

	__builtin_memset(owner, 0, sizeof(*owner));
	owner->pid = thread >> 32;
	owner->tid = thread;
	if (owner->pid == owner->tid)
		bpf_get_current_comm(owner->comm, sizeof(owner->comm));
	else
		read_comm(BPF_CORE_READ(task, group_leader), owner);
	if (config.pidns)
		read_ids_here(task, owner);
	if (current_is_typed() && !loads_are_searched())
		owner->uid = bpf_get_current_task_btf()->cred->euid.val;
	else
		owner->uid = BPF_CORE_READ(task, cred, euid.val);
	owner->cgroup = config.tell_cgroups ? told_cgroup(task) : bpf_get_current_cgroup_id();
	owner->matched = task_matches(task);
}

static __always_inline __u32 current_flags(void)
{
	if (current_is_typed())
		return bpf_get_current_task_btf()->flags;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), flags);
}

/* tcptrail itself only ever drops the last reference that its iterators took. */
static __always_inline bool current_is_bystander(void)
{
	return (__u32)(bpf_get_current_pid_tgid() >> 32) == self_tgid ||
	       current_flags() & PF_KTHREAD;
}

#endif
