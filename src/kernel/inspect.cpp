#include "kernel/inspect.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include "failure.h"
#include "kernel/btf.h"
#include "kernel/hooks.h"
#include "kernel/perf.h"
#include "kernel/plan.h"
#include "kernel/program_types.h"

namespace tcptrail {
namespace {

constexpr std::string_view tp_prefix = "btf_trace_";
constexpr std::string_view srcu_guard = "class_srcu_fast_notrace_t";
constexpr std::string_view dynamic_hash = "bpf_mem_alloc";
constexpr std::string_view since_5_13 = "bpf_for_each_map_elem";
constexpr std::string_view until_5_10 = "bpf_map_charge_init";

// include/linux/proc_ns.h: PROC_PID_INIT_INO
constexpr ino_t initial_pidns = 0xEFFFFFFCU;

std::string read_line(const char *path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// The file lists all modes with the one in force in brackets.
std::string read_lockdown() {
    const std::string modes = read_line("/sys/kernel/security/lockdown");
    const auto open = modes.find('[');
    const auto close = modes.find(']');
    if (open == std::string::npos || close == std::string::npos)
        return "none";
    return modes.substr(open + 1, close - open - 1);
}

// With fewer the hooks that are left out would be missing without a word.
std::string too_few_files() {
    constexpr rlim_t needed = 128;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return "";
    return fmt::format("only {} files may be open here, and tcptrail needs {}: raise the limit "
                       "(ulimit -n 1024)",
                       limit.rlim_cur, needed);
}

// A program of two instructions: return 0.
int load_nothing(bpf_prog_type type, bpf_prog_load_opts *opts) {
    static constexpr bpf_insn insns[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K,
         .dst_reg = BPF_REG_0,
         .src_reg = 0,
         .off = 0,
         .imm = 0},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    };
    return bpf_prog_load(type, "tcptrail_probe", "GPL", insns, std::size(insns), opts);
}

std::string missing_capabilities() {
    __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (syscall(SYS_capget, &head, data.data()) != 0)
        return "";
    const auto has = [&](unsigned cap) {
        return (data[cap / 32].effective >> (cap % 32) & 1U) != 0;
    };
    if (has(CAP_SYS_ADMIN))
        return "";
    std::string missing;
    for (const auto &[cap, name] : {std::pair{39U, "CAP_BPF"}, std::pair{38U, "CAP_PERFMON"}}) {
        if (!has(cap))
            missing += (missing.empty() ? "" : " and ") + std::string(name);
    }
    return missing;
}

Ability ask_bpf(const std::string &lockdown) {
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    if (const std::string reason = too_few_files(); !reason.empty())
        return {false, reason};
    const int fd = load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT, nullptr);
    if (fd >= 0) {
        close(fd);
        if (lockdown == "confidentiality")
            return {false, "the kernel is locked down (confidentiality), which keeps programs from "
                           "reading its memory: boot with lockdown=integrity or none"};
        return {true, ""};
    }
    if (fd == -ENOSYS)
        return {false, "this kernel was built without bpf(2): it needs CONFIG_BPF_SYSCALL"};
    if (fd == -EPERM && geteuid() != 0)
        return {false, "not root: run it with sudo, or give it CAP_BPF and CAP_PERFMON"};
    const std::string missing = missing_capabilities();
    if (fd == -EPERM && !missing.empty())
        return {false, "root without " + missing +
                           " (a container?): start it with these, or with CAP_SYS_ADMIN"};
    return {false, failure("the kernel refuses to load a BPF program", fd).message};
}

// What plans and the tracer want to know of BTF, so that one pass answers all.
WantedNames asked_names() {
    WantedNames wanted;
    wanted.symbols = {std::string(srcu_guard),        std::string(dynamic_hash),
                      std::string(since_5_13),        std::string(until_5_10),
                      iterator_target("task_file"),   iterator_target("tcp"),
                      iterator_target("bpf_map_elem")};
    for (const Way &way : all_ways()) {
        for (const Hook &hook : way.hooks) {
            if (hook.mechanism != Mechanism::tracepoint)
                wanted.symbols.insert(btf_target(hook));
        }
    }
    add_program_types(wanted);
    return wanted;
}

bool locked_memory_is_limited() {
    rlimit limit{};
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_max != RLIM_INFINITY;
}

void read_btf(KernelFacts &facts, bool limited) {
    auto btf = read_kernel_btf(asked_names());
    if (!btf) {
        facts.btf.reason = "no BTF in this kernel (/sys/kernel/btf/vmlinux): it needs "
                           "CONFIG_DEBUG_INFO_BTF, as every distribution's kernel since 2021 has";
        return;
    }
    facts.btf.usable = true;
    facts.targets = std::move(btf->targets);
    facts.program_types = std::move(btf->types);
    facts.tracepoints_preemptible = facts.targets.contains(srcu_guard);
    facts.maps_are_limited = limited && facts.targets.contains(until_5_10);
    facts.fentry_again = facts.targets.contains(since_5_13);
    facts.hash_allocates = btf->structs.contains(dynamic_hash);
}

// Only whether such programs load: attaching one to see costs up to half a second, which a kernel
// waits for tasks to leave the trampoline. Tracer::start() finds the rest out.
Ability ask_fentry(const KernelFacts &facts) {
    const auto function = facts.targets.find("tcp_connect");
    if (function == facts.targets.end())
        return {false, "BTF does not know tcp_connect"};
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
                .attach_btf_id = function->second);
    const int prog = load_nothing(BPF_PROG_TYPE_TRACING, &opts);
    if (prog < 0)
        return {false, failure("the kernel refuses fentry programs", prog).message};
    close(prog);
    return {true, ""};
}

bool is_kprobe(const Hook &hook) {
    return hook.mechanism == Mechanism::kprobe || hook.mechanism == Mechanism::kretprobe;
}

// What BTF knows is there by that name.
void add_unknown(const Way &way, const KernelFacts &facts, FunctionNames &names) {
    for (const Hook &hook : way.hooks) {
        const std::string target(hook.target);
        if (is_kprobe(hook) && !facts.has_function(target))
            names.insert(target);
    }
}

FunctionNames unknown_targets(const KernelFacts &facts, const std::vector<Choice> &choices,
                              bool everything) {
    FunctionNames names;
    if (everything) {
        for (const Way &way : all_ways())
            add_unknown(way, facts, names);
        return names;
    }
    for (const Choice &choice : choices) {
        for (const Way *way : choice.ways)
            add_unknown(*way, facts, names);
    }
    return names;
}

std::set<std::string, std::less<>> read_denied() {
    std::set<std::string, std::less<>> denied;
    const char *list = std::getenv("TCPTRAIL_DENY");
    std::istringstream words(list != nullptr ? list : "");
    for (std::string word; std::getline(words, word, ',');)
        denied.insert(word);
    return denied;
}

std::uint32_t read_pidns() {
    struct stat ns {};
    if (stat("/proc/self/ns/pid", &ns) != 0 || ns.st_ino == initial_pidns)
        return 0;
    return static_cast<std::uint32_t>(ns.st_ino);
}

// A line for each hierarchy: "8:pids:/", with version 2 only "0::/".
bool read_pids_are_v1() {
    std::ifstream hierarchies("/proc/self/cgroup");
    for (std::string line; std::getline(hierarchies, line);) {
        const std::size_t begin = line.find(':') + 1;
        std::istringstream controllers(line.substr(begin, line.find(':', begin) - begin));
        for (std::string name; std::getline(controllers, name, ',');) {
            if (name == "pids")
                return true;
        }
    }
    return false;
}

void ask_tracepoints(KernelFacts &facts) {
    const TraceFs tracefs;
    facts.perf = tracefs.ability();
    if (!facts.perf.usable)
        return;
    for (const Way &way : all_ways()) {
        for (const Hook &hook : way.hooks) {
            if (hook.mechanism != Mechanism::tracepoint)
                continue;
            if (const auto id = tracefs.event_id(hook.target))
                facts.tracepoints.emplace(hook.target, *id);
        }
    }
    if (!facts.tracepoints.empty())
        facts.perf = ask_tracepoint(facts.tracepoints.begin()->second);
}

// As if everything not asked yet could be used.
KernelFacts hopeful(KernelFacts facts) {
    facts.kprobe.usable = facts.perf.usable = true;
    for (const Way &way : all_ways()) {
        for (const Hook &hook : way.hooks) {
            if (hook.mechanism == Mechanism::tracepoint)
                facts.tracepoints.emplace(hook.target, 0);
            if (is_kprobe(hook))
                facts.symbols.emplace(hook.target, hook.target);
        }
    }
    return facts;
}

} // namespace

KernelFacts inspect_kernel(Backend wanted, bool everything) {
    KernelFacts facts;
    utsname names{};
    uname(&names);
    facts.release = names.release;
    facts.lockdown = read_lockdown();
    facts.denied = read_denied();
    facts.pidns = read_pidns();
    facts.pids_are_v1 = read_pids_are_v1();
    const bool limited = locked_memory_is_limited(); // libbpf raises the limit if it can
    facts.bpf = ask_bpf(facts.lockdown);
    read_btf(facts, limited);
    if (!facts.bpf.usable) {
        facts.fentry = facts.kprobe = facts.perf = facts.bpf;
        return facts;
    }
    facts.fentry = ask_fentry(facts);
    ask_perf(facts, wanted, everything);
    return facts;
}

void ask_perf(KernelFacts &facts, Backend wanted, bool everything) {
    const auto choices = choose_all(hopeful(facts), wanted, true);
    facts.kprobe = facts.perf = {false, "not needed here"};
    if (everything || wanted == Backend::kprobe || takes(choices, Mechanism::kprobe) ||
        takes(choices, Mechanism::kretprobe)) {
        const auto pmu = kprobe_pmu();
        facts.kprobe = ask_kprobe(pmu, "tcp_connect");
        facts.kprobe_pmu = pmu.value_or(0);
        if (facts.kprobe.usable && (wanted == Backend::kprobe || !facts.fentry.usable))
            facts.symbols = kprobe_symbols(unknown_targets(facts, choices, everything));
    }
    if (everything || wanted == Backend::tracepoint || takes(choices, Mechanism::tracepoint))
        ask_tracepoints(facts);
}

} // namespace tcptrail
