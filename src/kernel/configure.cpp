#include "kernel/configure.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "flow/owner_match.h"
#include "kernel/skeleton.h"

namespace tcptrail {
namespace {

template <typename T> bool lists_any(const std::vector<Rule<T>> &rules) {
    return std::any_of(rules.begin(), rules.end(), [](const auto &rule) { return !rule.exclude; });
}

template <typename Apply>
void for_ports(const std::vector<Rule<PortRange>> &rules, bool excluded, Apply apply) {
    for (const auto &rule : rules) {
        if (rule.exclude != excluded)
            continue;
        for (std::uint32_t port = rule.value.low; port <= rule.value.high; port++)
            apply(port);
    }
}

// -L and -D: one bit says yes. Excluded ports are taken out last.
void write_side(std::span<__u8> ports, const std::vector<Rule<PortRange>> &rules, __u8 bit) {
    if (!lists_any(rules)) {
        for (__u8 &port : ports)
            port |= bit;
    }
    for_ports(rules, false, [&](std::uint32_t port) { ports[port] |= bit; });
    for_ports(rules, true, [&](std::uint32_t port) { ports[port] &= static_cast<__u8>(~bit); });
}

void write_ports(tcptrail_bpf &skeleton, const BirthFilter &birth) {
    const std::span<__u8> ports(skeleton.rodata_ports->port_rules);
    wire_config &config = skeleton.rodata->config;
    config.ports_either = !birth.ports.empty();
    config.ports_either_listed = lists_any(birth.ports);
    config.ports_local = !birth.lports.empty();
    config.ports_remote = !birth.rports.empty();
    for_ports(birth.ports, false, [&](std::uint32_t port) { ports[port] |= PORT_EITHER_IN; });
    for_ports(birth.ports, true, [&](std::uint32_t port) { ports[port] |= PORT_EITHER_OUT; });
    write_side(ports, birth.lports, PORT_LOCAL_OK);
    write_side(ports, birth.rports, PORT_REMOTE_OK);
}

void write_filters(wire_config &config, const BirthFilter &birth) {
    if (birth.family)
        config.family = static_cast<__u8>(*birth.family);
    if (birth.role)
        config.role = (*birth.role == Role::client ? WIRE_CLIENT : WIRE_SERVER) + 1;
    config.netns = birth.netns.value_or(0);
    config.laddrs = !birth.laddrs.empty();
    config.laddrs_listed = lists_any(birth.laddrs);
    config.raddrs = !birth.raddrs.empty();
    config.raddrs_listed = lists_any(birth.raddrs);
}

bool takes(const Plan &plan, std::string_view program) {
    for (const Choice &choice : plan.choices) {
        for (const Way *way : choice.ways) {
            if (std::any_of(way->hooks.begin(), way->hooks.end(),
                            [&](const Hook &hook) { return hook.program == program; }))
                return true;
        }
    }
    return false;
}

void write_config(wire_config &config, const Options &options, const KernelFacts &facts,
                  const Plan &plan) {
    // A sticky filter must see every owner, told or not.
    const bool owners = filters_owners(options.owners);
    write_filters(config, options.birth);
    config.want_connects = options.connect || owners || options.command;
    // A close in the accept queue gets its owner from the accept that comes later.
    config.want_accepts = options.accept || owners || options.close || options.command;
    config.want_closes = options.close || options.command;
    config.want_owners = owners;
    config.follow = options.command.has_value();
    config.ignore_existing = !options.existing || options.command;
    config.connect_calls = takes(plan, "connect_exit");
    config.syn_from_state = plan.of(Fact::connect).ways.front()->backend == Backend::tracepoint;
    config.wake_bytes = options.buffer_bytes / 2;
    config.pidns = facts.pidns;
}

void choose_programs(const tcptrail_bpf &skeleton, const KernelFacts &facts, const Plan &plan) {
    bpf_program *program = nullptr;
    bpf_object__for_each_program(program, skeleton.obj)
        bpf_program__set_autoload(program, takes(plan, bpf_program__name(program)));
    bpf_program__set_autoload(skeleton.progs.files_iter, facts.has_function("bpf_iter_task_file"));
    bpf_program__set_autoload(skeleton.progs.hash_iter, facts.has_function("bpf_iter_tcp"));
    bpf_program__set_autoload(skeleton.progs.ask_raw_tp, true);
}

std::optional<Failure> size_maps(const tcptrail_bpf &skeleton, const Options &options,
                                 const KernelFacts &facts, const Plan &plan) {
    const auto &maps = skeleton.maps;
    const bool calls = takes(plan, "connect_exit") || takes(plan, "fail4_kretprobe");
    bpf_map__set_autocreate(maps.laddrs, !options.birth.laddrs.empty());
    bpf_map__set_autocreate(maps.raddrs, !options.birth.raddrs.empty());
    bpf_map__set_autocreate(maps.followed, options.command.has_value());
    bpf_map__set_autocreate(maps.visits, takes(plan, "lookup_kretprob"));
    if (!calls)
        bpf_map__set_max_entries(maps.calls, 1);
    if (facts.hash_allocates)
        bpf_map__set_map_flags(maps.socks, BPF_F_NO_PREALLOC);
    if (const int error = bpf_map__set_max_entries(maps.socks, options.max_connections))
        return failure("--max-connections", error);
    if (const int error = bpf_map__set_max_entries(maps.events, options.buffer_bytes))
        return failure("--buffer", error);
    return std::nullopt;
}

bool is_ipv4(const Network &network) {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return network.prefix >= 96 &&
           std::equal(mapped.begin(), mapped.end(), network.address.begin());
}

// The longest prefix decides in the kernel. An included network inside an excluded one is
// excluded, so it is entered as such.
__u8 rule_for(const Rule<Network> &rule, const std::vector<Rule<Network>> &all) {
    const auto covers = [&](const Rule<Network> &other) {
        if (!other.exclude || other.value.prefix > rule.value.prefix ||
            is_ipv4(other.value) != is_ipv4(rule.value))
            return false;
        for (unsigned bit = 0; bit < other.value.prefix; bit++) {
            const unsigned difference = other.value.address[bit / 8] ^ rule.value.address[bit / 8];
            if ((difference >> (7 - bit % 8) & 1U) != 0)
                return false;
        }
        return true;
    };
    return std::any_of(all.begin(), all.end(), covers) ? ADDR_EXCLUDED : ADDR_INCLUDED;
}

std::optional<Failure> insert_all(const bpf_map *map, const std::vector<Rule<Network>> &rules) {
    struct { // struct net_key of bpf/maps.h
        __u32 prefix;
        __u8 family;
        __u8 addr[16];
        __u8 pad[3];
    } key{};
    for (const auto &rule : rules) {
        key.prefix = 8U + rule.value.prefix;
        key.family = is_ipv4(rule.value) ? 4 : 6;
        std::memcpy(key.addr, rule.value.address.data(), sizeof(key.addr));
        const __u8 value = rule.exclude ? ADDR_EXCLUDED : rule_for(rule, rules);
        if (const int error = bpf_map__update_elem(map, &key, sizeof(key), &value, 1, BPF_ANY))
            return failure("cannot enter the networks of --addr or --laddr (at most 4096)", error);
    }
    return std::nullopt;
}

} // namespace

std::optional<Failure> configure(tcptrail_bpf &skeleton, const Options &options,
                                 const KernelFacts &facts, const Plan &plan,
                                 std::uint64_t cgroup_id) {
    write_config(skeleton.rodata->config, options, facts, plan);
    skeleton.rodata->config.cgroup_id = cgroup_id;
    write_ports(skeleton, options.birth);
    choose_programs(skeleton, facts, plan);
    return size_maps(skeleton, options, facts, plan);
}

std::optional<Failure> insert_networks(tcptrail_bpf &skeleton, const BirthFilter &birth) {
    if (auto failed = insert_all(skeleton.maps.laddrs, birth.laddrs))
        return failed;
    return insert_all(skeleton.maps.raddrs, birth.raddrs);
}

} // namespace tcptrail
