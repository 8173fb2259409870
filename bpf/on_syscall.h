/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* connect(2) and accept(2) seen from outside, where the kernel's functions cannot be hooked. */
#ifndef TCPTRAIL_ON_SYSCALL_H
#define TCPTRAIL_ON_SYSCALL_H

#include "on_accept.h"
#include "on_connect.h"

/* What connect(2) returns while the kernel goes on, or about a socket that is in use. */
#define EINTR_	     4
#define EISCONN_     106
#define EALREADY_    114
#define EINPROGRESS_ 115
#define ERESTARTSYS_ 512

static __always_inline struct file *current_file(unsigned int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **slots, *file = NULL;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	slots = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

static __always_inline void on_connect_call(unsigned int fd, __u64 uaddr)
{
	struct file *file = current_file(fd);
	struct socket *socket;
	struct sock *sk;

	if (!file)
		return;
	sk = sock_of_file(file);
	if (!sk)
		return;
	socket = BPF_CORE_READ(file, private_data);
	/* A later call only fetches the result of the first. */
	if (BPF_CORE_READ(socket, state) == SS_UNCONNECTED)
		remember_call(sk, uaddr);
}

static __always_inline void on_connect_call_return(long ret)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &thread);
	struct sockaddr_any addr = {};
	struct call copy;

	if (!call)
		return;
	copy = *call;
	bpf_map_delete_elem(&calls, &thread);
	if (copy.sent || ret >= 0 || ret == -EINPROGRESS_ || ret == -EALREADY_ ||
	    ret == -EISCONN_ || ret == -EINTR_ || ret <= -ERESTARTSYS_)
		return;
	/* An IPv4 address is shorter than the whole, and may be the last thing on a page. */
	if (bpf_probe_read_user(&addr, sizeof(addr), (void *)copy.addr) &&
	    bpf_probe_read_user(&addr, 16, (void *)copy.addr))
		return;
	on_connect_failed(probed_ref((void *)copy.sock), &addr, -ret);
}

static __always_inline void on_accept_call_return(long fd)
{
	struct file *file;
	struct sock *sk;

	if (fd < 0)
		return;
	file = current_file(fd);
	if (!file)
		return;
	sk = sock_of_file(file);
	if (sk)
		on_accept(probed_ref(sk));
}

#endif
