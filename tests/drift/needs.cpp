#include "needs.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include <bpf/libbpf.h>

#include "kernel/hooks.h"
#include "relocations.h"

namespace drift {
namespace {

using tcptrail::Backend;
using tcptrail::Hook;
using tcptrail::Mechanism;

using SharedTypes = std::shared_ptr<const Types>;

std::string name_of(const Relocation &relocation) {
    std::string name = relocation.type;
    for (const std::string &step : relocation.path)
        name += "." + step;
    return relocation.path.empty() ? "type:" + name : name;
}

// Kinds as libbpf compares them: sizes may differ, integers and enumerations may not be mixed.
bool same_kind(const btf_type &ours, const btf_type &theirs) {
    return btf_kind(&ours) == btf_kind(&theirs) ||
           (btf_is_composite(&ours) && btf_is_composite(&theirs)) ||
           (btf_is_any_enum(&ours) && btf_is_any_enum(&theirs));
}

Met met_by(const SharedTypes &object, const Relocation &relocation) {
    return [object, relocation](const Types &kernel) {
        if (relocation.field_type == 0 && !relocation.path.empty())
            return kernel.has_enumerator(relocation.type, relocation.path.front());
        const auto field = kernel.find(relocation.type, relocation.path);
        return field && (relocation.field_type == 0 ||
                         same_kind(object->type(object->element(relocation.field_type)),
                                   kernel.type(kernel.element(field->type))));
    };
}

void add_relocations(const std::string &path, const SharedTypes &object, Needs &needs) {
    std::map<std::string, std::set<std::string>> asked_first; // by type
    for (const Relocation &relocation : relocations_of(path, *object)) {
        if (relocation.kind == BPF_CORE_TYPE_ID_LOCAL)
            continue;
        needs.all.emplace(name_of(relocation), met_by(object, relocation));
        if (relocation.kind == BPF_CORE_FIELD_EXISTS)
            asked_first[relocation.type].insert(name_of(relocation));
    }
    // Of the fields of one type that are asked for before they are read, one must be there.
    for (const auto &[type, names] : asked_first) {
        Choice choice{"a field of " + type, {}};
        for (const std::string &name : names)
            choice.ways.push_back({name});
        needs.choices.push_back(std::move(choice));
    }
}

void add_function(const std::string &function, Needs &needs) {
    needs.all.emplace("function:" + function,
                      [function](const Types &kernel) { return kernel.has(function, is_func); });
}

// The iterators' programs name what they walk.
void add_iterators(const std::string &path, Needs &needs) {
    const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
        bpf_object__open(path.c_str()), &bpf_object__close);
    const bpf_program *program = nullptr;
    while ((program = bpf_object__next_program(object.get(), const_cast<bpf_program *>(program))) !=
           nullptr) {
        const std::string section = bpf_program__section_name(program);
        const std::size_t slash = section.find("iter/");
        if (slash != std::string::npos)
            add_function("bpf_iter_" + section.substr(slash + 5), needs);
    }
}

std::string name_of(const Hook &hook) {
    const bool is_point =
        hook.mechanism == Mechanism::tp_btf || hook.mechanism == Mechanism::tracepoint;
    return (is_point ? "tracepoint:" : "function:") + std::string(hook.target);
}

// The tracepoints of system calls have no type of their own.
bool has_tracepoint(const Types &kernel, const std::string &target) {
    if (target.starts_with("syscalls/sys_enter_"))
        return kernel.has("syscall_trace_enter", is_composite);
    if (target.starts_with("syscalls/sys_exit_"))
        return kernel.has("syscall_trace_exit", is_composite);
    return kernel.has("btf_trace_" + target.substr(target.find('/') + 1), is_typedef);
}

void add_hook(const Hook &hook, Needs &needs) {
    const std::string target(hook.target);
    if (name_of(hook).starts_with("function:"))
        add_function(target, needs);
    else
        needs.all.emplace(name_of(hook),
                          [target](const Types &kernel) { return has_tracepoint(kernel, target); });
}

void add_choice(const tcptrail::Purpose &purpose, Backend backend, std::string_view by,
                Needs &needs) {
    Choice choice{std::string(purpose.name) + " by " + std::string(by), {}};
    for (const tcptrail::Way &way : tcptrail::all_ways()) {
        if (way.fact != purpose.fact ||
            (way.backend != backend && way.backend != Backend::automatic))
            continue;
        std::vector<std::string> names;
        for (const Hook &hook : way.hooks)
            names.push_back(name_of(hook));
        choice.ways.push_back(std::move(names));
    }
    // Some facts no backend but one can tell.
    if (!choice.ways.empty())
        needs.choices.push_back(std::move(choice));
}

void add_hooks(Needs &needs) {
    for (const tcptrail::Way &way : tcptrail::all_ways())
        for (const Hook &hook : way.hooks)
            add_hook(hook, needs);
    for (const tcptrail::Purpose &purpose : tcptrail::all_purposes()) {
        add_choice(purpose, Backend::fentry, "fentry", needs);
        add_choice(purpose, Backend::kprobe, "kprobe", needs);
        add_choice(purpose, Backend::tracepoint, "tracepoint", needs);
    }
}

// Read from a tracepoint's record at fixed places: ours, the kernel's, the fields.
struct Layout {
    const char *ours;
    const char *theirs;
    std::vector<std::string> fields;
};

void add_layouts(const SharedTypes &object, Needs &needs) {
    const std::array layouts{
        Layout{"set_state_args",
               "trace_event_raw_inet_sock_set_state",
               {"skaddr", "oldstate", "newstate", "sport", "dport", "family", "protocol"}},
        Layout{"sys_enter_args", "syscall_trace_enter", {"nr", "args"}},
        Layout{"sys_exit_args", "syscall_trace_exit", {"nr", "ret"}}};
    for (const Layout &layout : layouts) {
        for (const std::string &field : layout.fields) {
            const std::vector<std::string> path{field};
            const auto ours = object->find(layout.ours, path);
            needs.all.emplace(
                "place:" + std::string(layout.theirs) + "." + field,
                [ours, theirs = std::string(layout.theirs), path](const Types &kernel) {
                    const auto field = kernel.find(theirs, path);
                    return ours && field && field->bit_offset == ours->bit_offset;
                });
        }
    }
}

} // namespace

Needs needs_of(const std::string &object) {
    const auto types = std::make_shared<const Types>(object);
    Needs needs;
    add_relocations(object, types, needs);
    add_iterators(object, needs);
    add_hooks(needs);
    add_layouts(types, needs);
    return needs;
}

} // namespace drift
