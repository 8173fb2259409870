/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts of birth -> keep or discard. */
#ifndef TCPTRAIL_FILTER_H
#define TCPTRAIL_FILTER_H

#include "maps.h"
#include "sock.h"
#include <bpf/bpf_helpers.h>

/* The verifier does not see that a swapped port has 16 bits; the compiler does. */
static __always_inline __u8 rule_of(__u64 port)
{
	barrier_var(port);
	return port_rules[port & 0xffff];
}

static __always_inline bool ports_are_filtered(void)
{
	return config.ports_either || config.ports_local || config.ports_remote;
}

static __always_inline bool ports_wanted(__u16 lport, __u16 rport)
{
	__u8 local, remote;

	if (!ports_are_filtered())
		return true;
	local = rule_of(lport);
	remote = rule_of(rport);
	if (config.ports_either) {
		if ((local | remote) & PORT_EITHER_OUT)
			return false;
		if (config.ports_either_listed && !((local | remote) & PORT_EITHER_IN))
			return false;
	}
	if (config.ports_local && !(local & PORT_LOCAL_OK))
		return false;
	return !config.ports_remote || remote & PORT_REMOTE_OK;
}

/* Otherwise every connection is wanted. */
static __always_inline bool births_are_filtered(void)
{
	return config.family || config.role || config.netns || ports_are_filtered() ||
	       config.laddrs || config.raddrs;
}

/*
 * A first question of what happens to a socket, for the price of two loads: most ask it in vain,
 * where a filter names ports.
 */
static __always_inline bool ports_may_be_wanted(struct tcp_ref s)
{
	__u16 lport;

	if (!ports_are_filtered())
		return true;
	lport = local_port(s);
	return !lport || ports_wanted(lport, remote_port(s));
}

/* User space made an included network inside an excluded one excluded: longest match decides. */
static __always_inline bool network_wanted(void *nets, bool listed, __u8 family,
					   const __u8 addr[16])
{
	struct net_key key = {.prefix = 8 + 128, .family = family};
	__u8 *rule;

	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	rule = bpf_map_lookup_elem(nets, &key);
	return rule ? *rule == ADDR_INCLUDED : !listed;
}

/*
 * Before the kernel chose a local address and port, the rules on those say nothing: the same
 * question is asked again when they are known.
 */
static __always_inline bool wanted_remote(const struct wire_tuple *t)
{
	if (config.family && config.family != t->family)
		return false;
	if (config.role && config.role != t->role + 1)
		return false;
	if (config.netns && config.netns != t->netns)
		return false;
	if (config.ports_remote && !(rule_of(t->rport) & PORT_REMOTE_OK))
		return false;
	return !config.raddrs || network_wanted(&raddrs, config.raddrs_listed, t->family, t->raddr);
}

static __always_inline bool wanted(const struct wire_tuple *t)
{
	if (!wanted_remote(t) || !ports_wanted(t->lport, t->rport))
		return false;
	return !config.laddrs || network_wanted(&laddrs, config.laddrs_listed, t->family, t->laddr);
}

#endif
