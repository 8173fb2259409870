#include "flow/birth_match.h"

#include <algorithm>

namespace tcptrail {
namespace {

template <typename T, typename Matches>
bool passes(const std::vector<Rule<T>> &rules, Matches matches) {
    bool listed = false;
    bool found = false;
    for (const Rule<T> &rule : rules) {
        const bool hit = matches(rule.value);
        if (rule.exclude && hit)
            return false;
        listed = listed || !rule.exclude;
        found = found || hit;
    }
    return !listed || found;
}

bool holds(const PortRange &range, std::uint16_t port) {
    return port >= range.low && port <= range.high;
}

bool holds(const Network &network, const Address &address) {
    const std::size_t bytes = network.prefix / 8U;
    const unsigned bits = network.prefix % 8U;
    if (!std::equal(address.begin(), address.begin() + bytes, network.address.begin()))
        return false;
    return bits == 0 || (address[bytes] ^ network.address[bytes]) >> (8 - bits) == 0;
}

// The kernel takes the longest prefix, but an included network inside an excluded one is excluded
// there too: any exclusion that holds the address decides.
bool matches_networks(const std::vector<Rule<Network>> &rules, Family family,
                      const Address &address) {
    return passes(rules, [&](const Network &network) {
        return family_of(network) == family && holds(network, address);
    });
}

} // namespace

Family family_of(const Network &network) {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool is_ipv4 =
        network.prefix >= 96 && std::equal(mapped.begin(), mapped.end(), network.address.begin());
    return is_ipv4 ? Family::ipv4 : Family::ipv6;
}

bool matches_ports(const std::vector<Rule<PortRange>> &rules, std::uint16_t port) {
    return passes(rules, [port](const PortRange &range) { return holds(range, port); });
}

bool filters_births(const BirthFilter &filter) {
    return !filter.ports.empty() || !filter.lports.empty() || !filter.rports.empty() ||
           !filter.raddrs.empty() || !filter.laddrs.empty() || filter.family || filter.role ||
           filter.netns;
}

bool matches_birth(const BirthFilter &filter, const Event &event) {
    const Tuple &tuple = event.tuple;
    const auto either = [&tuple](const PortRange &range) {
        return holds(range, tuple.lport) || holds(range, tuple.rport);
    };
    return filter.family.value_or(tuple.family) == tuple.family &&
           filter.role.value_or(event.role) == event.role &&
           filter.netns.value_or(event.netns) == event.netns && passes(filter.ports, either) &&
           matches_ports(filter.lports, tuple.lport) && matches_ports(filter.rports, tuple.rport) &&
           matches_networks(filter.raddrs, tuple.family, tuple.raddr) &&
           matches_networks(filter.laddrs, tuple.family, tuple.laddr.value_or(Address{}));
}

} // namespace tcptrail
