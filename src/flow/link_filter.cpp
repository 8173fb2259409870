#include "flow/link_filter.h"

#include <algorithm>

#include "flow/owner_match.h"

namespace tcptrail {
namespace {

using Ports = std::vector<std::uint16_t>;

// Listed ranges are or-ed over all ports, an excluded one vetoes for all. Without any port there
// is nothing to judge by.
bool matches_ports(const std::vector<Rule<PortRange>> &rules, const Ports &ports) {
    if (rules.empty())
        return true;
    const auto hit = [&ports](const Rule<PortRange> &rule) {
        return std::any_of(ports.begin(), ports.end(), [&rule](std::uint16_t port) {
            return rule.value.low <= port && port <= rule.value.high;
        });
    };
    bool listed = false;
    bool found = false;
    for (const Rule<PortRange> &rule : rules) {
        const bool matched = hit(rule);
        if (rule.exclude && matched)
            return false;
        listed = listed || !rule.exclude;
        found = found || (!rule.exclude && matched);
    }
    return !ports.empty() && (found || !listed);
}

bool passes_ports(const LinkFilter &filter, const Joined &joined) {
    if (filter.lports.empty() && filter.rports.empty())
        return true;
    Ports local;
    Ports remote;
    if (joined.client) {
        local.push_back(joined.key.client_port);
        remote.push_back(joined.key.link.port);
    }
    if (joined.server) {
        local.push_back(joined.key.link.port);
        remote.push_back(joined.key.client_port);
    }
    return matches_ports(filter.lports, local) && matches_ports(filter.rports, remote);
}

bool passes_owners(const OwnerFilter &filter, const LinkNames &names) {
    if (!filters_owners(filter))
        return true;
    if (!filter.pids.empty() || !filter.uids.empty())
        return false;
    Verdict verdict;
    for (const auto *name : {&names.client, &names.server}) {
        if (!*name)
            continue;
        Owner owner;
        owner.comm = **name;
        judge(filter, owner, verdict);
    }
    if (!names.client && !names.server)
        judge(filter, std::nullopt, verdict);
    return verdict.shows();
}

} // namespace

bool passes(const LinkFilter &filter, const Joined &joined) {
    if (filter.role == Role::client && !joined.client)
        return false;
    if (filter.role == Role::server && !joined.server)
        return false;
    Verdict verdict;
    bool in_scope = false;
    bool orderly = true;
    for (const auto *side : {&joined.client, &joined.server}) {
        if (!*side)
            continue;
        verdict.matched = verdict.matched || (*side)->verdict.matched;
        verdict.excluded = verdict.excluded || (*side)->verdict.excluded;
        in_scope = in_scope || (*side)->in_scope;
        orderly = orderly && (*side)->orderly;
    }
    return in_scope && !(filter.failed_only && orderly) && verdict.shows() &&
           passes_ports(filter, joined);
}

bool passes(const LinkFilter &filter, const Spill &spill, const LinkNames &names,
            bool server_here) {
    // How its connections ended is not known.
    if (!spill.in_scope || filter.failed_only || !passes_owners(filter.owners, names))
        return false;
    Ports local;
    Ports remote;
    const bool is_known = !link_key(spill).unknown();
    const bool has_client = is_known && spill.role == Role::client;
    const bool has_server = is_known && (spill.role == Role::server || server_here);
    if (has_client)
        remote.push_back(spill.port);
    if (has_server)
        local.push_back(spill.port);
    if ((filter.role == Role::client && !has_client) ||
        (filter.role == Role::server && !has_server))
        return false;
    return matches_ports(filter.lports, local) && matches_ports(filter.rports, remote);
}

} // namespace tcptrail
