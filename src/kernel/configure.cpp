#include "kernel/configure.h"

#include <algorithm>
#include <cstring>
#include <span>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "flow/birth_match.h"
#include "flow/owner_match.h"
#include "kernel/skeleton.h"

namespace tcptrail {
namespace {

// A walk looks into each bucket of a table. This one costs nothing that anybody would notice; the
// few that have more connections pay for more.
constexpr std::uint32_t walked_cheaply = 4096;

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

// What the kernel may leave out; what is of one end only is not for it where both are joined.
BirthFilter kernel_part(const Options &options) {
    BirthFilter birth = options.birth;
    if (options.needs.both_ends) {
        birth.lports.clear();
        birth.rports.clear();
        birth.role.reset();
    }
    return birth;
}

// A recording is to tell whatever may be asked of it.
bool needs_units(const Options &options) {
    const auto names_it = [](const std::vector<std::string> &keys) {
        return std::find(keys.begin(), keys.end(), "unit") != keys.end();
    };
    return options.record || names_it(options.output.columns) || names_it(options.output.added) ||
           options.rows.sort == "unit";
}

void write_config(wire_config &config, const Options &options, const KernelFacts &facts,
                  const Plan &plan) {
    // A sticky filter must see every owner, told or not; that of a link asks for the last.
    const bool owners = filters_owners(options.owners) && !options.needs.both_ends;
    write_filters(config, kernel_part(options));
    config.want_connects = options.connect || owners || options.command;
    config.want_accepts = options.accept || owners || options.command;
    config.want_closes = options.close || options.command;
    config.want_owners = owners;
    config.follow = options.command.has_value();
    config.tell_unmatched = options.needs.both_ends;
    config.walk_idle = options.needs.both_ends;
    config.keep_sums = options.needs.both_ends;
    config.crowd = options.max_connections > walked_cheaply;
    config.ignore_existing = !options.existing || options.command;
    config.connect_calls = takes(plan, "connect_exit");
    config.syn_from_state = plan.of(Fact::connect).ways.front()->backend == Backend::tracepoint;
    config.wake_bytes = options.buffer_bytes / 2;
    config.pidns = facts.pidns;
    config.tell_cgroups = needs_units(options);
    config.pids_v1 = facts.pids_are_v1;
}

void choose_programs(const tcptrail_bpf &skeleton, const Options &options, const KernelFacts &facts,
                     const Plan &plan) {
    bpf_program *program = nullptr;
    bpf_object__for_each_program(program, skeleton.obj)
        bpf_program__set_autoload(program, takes(plan, bpf_program__name(program)));
    bpf_program__set_autoload(skeleton.progs.files_iter,
                              facts.has_function(iterator_target("task_file")));
    bpf_program__set_autoload(skeleton.progs.hash_iter, facts.has_function(iterator_target("tcp")));
    const bool walks_itself = facts.has_function("bpf_for_each_map_elem");
    bpf_program__set_autoload(skeleton.progs.walk_raw_tp, options.needs.open && walks_itself);
    bpf_program__set_autoload(skeleton.progs.walk_iter, options.needs.open && !walks_itself);
    bpf_program__set_autoload(skeleton.progs.ask_raw_tp, true);
}

std::optional<Failure> size_maps(const tcptrail_bpf &skeleton, const Options &options,
                                 const KernelFacts &facts, const Plan &plan) {
    const auto &maps = skeleton.maps;
    const bool calls = takes(plan, "connect_exit") || takes(plan, "fail4_kretprobe");
    bpf_map__set_autocreate(maps.laddrs, !options.birth.laddrs.empty());
    bpf_map__set_autocreate(maps.raddrs, !options.birth.raddrs.empty());
    bpf_map__set_autocreate(maps.spills, options.needs.both_ends);
    bpf_map__set_autocreate(maps.told_cgroups, needs_units(options));
    bpf_map__set_autocreate(maps.followed, options.command.has_value());
    bpf_map__set_autocreate(maps.visits, takes(plan, "lookup_kretprob"));
    if (!calls)
        bpf_map__set_max_entries(maps.calls, 1);
    const auto first = std::min(options.max_connections, walked_cheaply);
    bpf_map__set_max_entries(maps.socks, first);
    bpf_map__set_autocreate(maps.crowd, options.max_connections > first);
    bpf_map__set_max_entries(maps.crowd, std::max(options.max_connections - first, 1U));
    if (facts.hash_allocates)
        bpf_map__set_map_flags(maps.crowd, BPF_F_NO_PREALLOC);
    if (const int error = bpf_map__set_max_entries(maps.events, options.buffer_bytes))
        return failure("--buffer", error);
    return std::nullopt;
}

// The longest prefix decides in the kernel. An included network inside an excluded one is
// excluded, so it is entered as such.
__u8 rule_for(const Rule<Network> &rule, const std::vector<Rule<Network>> &all) {
    const auto covers = [&](const Rule<Network> &other) {
        if (!other.exclude || other.value.prefix > rule.value.prefix ||
            family_of(other.value) != family_of(rule.value))
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
        key.family = static_cast<__u8>(family_of(rule.value));
        std::memcpy(key.addr, rule.value.address.data(), sizeof(key.addr));
        const __u8 value = rule.exclude ? ADDR_EXCLUDED : rule_for(rule, rules);
        if (const int error = bpf_map__update_elem(map, &key, sizeof(key), &value, 1, BPF_ANY))
            return failure("cannot enter the networks of --addr or --laddr (at most 4096)", error);
    }
    return std::nullopt;
}

// The sums of what has no sum of its own.
std::optional<Failure> insert_rest(const bpf_map *spills) {
    for (const __u8 role : {WIRE_CLIENT, WIRE_SERVER}) {
        for (const __u8 matched : {0, 1}) {
            wire_spill_key key{};
            const wire_spill none{};
            key.role = role;
            key.matched = matched;
            if (const int error =
                    bpf_map__update_elem(spills, &key, sizeof(key), &none, sizeof(none), BPF_ANY))
                return failure("cannot enter the sums of lost closes", error);
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Failure> configure(tcptrail_bpf &skeleton, const Options &options,
                                 const KernelFacts &facts, const Plan &plan,
                                 std::uint64_t cgroup_id) {
    write_config(skeleton.rodata->config, options, facts, plan);
    skeleton.rodata->config.cgroup_id = cgroup_id;
    write_ports(skeleton, kernel_part(options));
    choose_programs(skeleton, options, facts, plan);
    return size_maps(skeleton, options, facts, plan);
}

std::optional<Failure> fill_maps(tcptrail_bpf &skeleton, const Options &options) {
    if (auto failed = insert_all(skeleton.maps.laddrs, options.birth.laddrs))
        return failed;
    if (auto failed = insert_all(skeleton.maps.raddrs, options.birth.raddrs))
        return failed;
    return options.needs.both_ends ? insert_rest(skeleton.maps.spills) : std::nullopt;
}

} // namespace tcptrail
