#include "kernel/tracer.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/configure.h"
#include "kernel/perf.h"
#include "kernel/skeleton.h"

namespace tcptrail {
namespace {

constexpr const char *cannot_list = "cannot list what is open";

std::uint64_t missed_runs(const bpf_program *program) {
    bpf_prog_info info{};
    __u32 length = sizeof(info);
    const int fd = bpf_program__fd(program);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
        return 0;
    return info.recursion_misses;
}

// A close may come before an accept that is seen where the socket is not locked any more.
bool accepts_race(const std::vector<Attached> &attached) {
    return std::none_of(attached.begin(), attached.end(), [](const Attached &hooks) {
        return hooks.way != nullptr && hooks.way->hooks.size() == 1 &&
               hooks.way->hooks.front().target == "security_sock_graft";
    });
}

// 0 or a negative errno.
int test_run(const bpf_program *program, std::array<std::uint64_t, 2> args = {}) {
    LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args.data(), .ctx_size_in = sizeof(args));
    return bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
}

// Reads an iterator to its end, which runs its program for each element. It prints nothing.
std::optional<Failure> iterate(const bpf_program *program, const bpf_iter_attach_opts *opts) {
    const BpfLink link(bpf_program__attach_iter(program, opts));
    if (!link)
        return failure(cannot_list, errno);
    const int fd = bpf_iter_create(bpf_link__fd(link.get()));
    if (fd < 0)
        return failure(cannot_list, fd);
    char nothing[64];
    ssize_t length = 0;
    do
        length = read(fd, nothing, sizeof(nothing));
    while (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)));
    const int error = errno;
    close(fd);
    if (length < 0)
        return failure(cannot_list, error);
    return std::nullopt;
}

bool by_perf_event(Mechanism mechanism) {
    return mechanism == Mechanism::tracepoint || mechanism == Mechanism::kprobe ||
           mechanism == Mechanism::kretprobe;
}

Failure explain_load(const KernelFacts &facts, int error) {
    if (error == -EPERM && facts.maps_are_limited)
        return failure("the kernel refuses the maps or programs (-v shows its log); this one takes "
                       "CAP_SYS_RESOURCE, too, or `ulimit -l unlimited`",
                       error);
    if (error == -EPERM || error == -EACCES)
        return failure("the kernel refuses the programs (-v shows its log)", error);
    if (error == -ENOMEM || error == -E2BIG)
        return failure("no memory for the maps; --max-connections and --buffer make them smaller",
                       error);
    return failure("the kernel does not load the programs (-v shows its log)", error);
}

} // namespace

void LinkDeleter::operator()(bpf_link *link) const {
    bpf_link__destroy(link);
}
void SkeletonDeleter::operator()(tcptrail_bpf *skeleton) const {
    tcptrail_bpf__destroy(skeleton);
}

Tracer::Tracer(std::unique_ptr<tcptrail_bpf, SkeletonDeleter> skeleton, const KernelFacts &facts)
    : skeleton_(std::move(skeleton)), facts_(&facts) {}

Result<std::unique_ptr<Tracer>> Tracer::start(const Options &options, KernelFacts &facts,
                                              const KnownBtf &btf, const Plan &plan,
                                              std::uint64_t cgroup_id) {
    LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf.path());
    std::unique_ptr<tcptrail_bpf, SkeletonDeleter> skeleton(tcptrail_bpf__open_opts(&opts));
    if (!skeleton)
        return failure("cannot open the BPF object", errno);
    if (auto failed = configure(*skeleton, options, facts, plan, cgroup_id))
        return *failed;
    if (const int error = tcptrail_bpf__load(skeleton.get()))
        return explain_load(facts, error);
    if (auto failed = fill_maps(*skeleton, options))
        return *failed;
    std::unique_ptr<Tracer> tracer(new Tracer(std::move(skeleton), facts));
    const bpf_map *events = tracer->skeleton_->maps.events;
    tracer->ring_ = Ring::map(bpf_map__fd(events), bpf_map__max_entries(events));
    if (!tracer->ring_)
        return failure("cannot map the ring buffer (--buffer makes it smaller)", errno);
    if (const int error = test_run(tracer->skeleton_->progs.ask_raw_tp)) // it learns who we are
        return failure("the kernel does not run programs on request", error);
    if (auto failed = tracer->attach_all(plan, facts))
        return *failed;
    return tracer;
}

std::optional<Failure> Tracer::attach_all(const Plan &plan, KernelFacts &facts) {
    for (const Choice &choice : plan.choices) {
        Attached &attached = attached_.emplace_back();
        attached.choice = &choice;
        if (choice.purpose->on_demand) {
            attached.way = choice.ways.empty() ? nullptr : choice.ways.front();
            continue;
        }
        for (const Way *way : choice.ways) {
            const std::string reason = attach_way(*way, links_);
            if (reason.empty()) {
                attached.way = way;
                break;
            }
            attached.failed.push_back({way, reason});
            if (way->backend == Backend::fentry && choice.purpose->required) {
                facts.fentry = {false, "fentry programs load but do not attach: " + reason};
                return Failure{facts.fentry.reason};
            }
        }
        if (choice.purpose->required && attached.way == nullptr)
            return Failure{"no hook for " + std::string(choice.purpose->lost) + ": " +
                           attached.failed.front().reason};
    }
    skeleton_->data->accepts_race = accepts_race(attached_) ? 1 : 0;
    return std::nullopt;
}

// All hooks of a way or none. Returns why not, empty: attached.
std::string Tracer::attach_way(const Way &way, std::vector<Link> &links) {
    std::vector<Link> attached;
    for (const Hook &hook : way.hooks) {
        auto result = attach_hook(hook);
        if (const auto *failed = std::get_if<Failure>(&result))
            return failed->message;
        attached.push_back(std::move(std::get<Link>(result)));
    }
    std::move(attached.begin(), attached.end(), std::back_inserter(links));
    return "";
}

PerfEvent Tracer::open_event(const Hook &hook) const {
    if (hook.mechanism == Mechanism::tracepoint)
        return PerfEvent::tracepoint(facts_->tracepoints.find(hook.target)->second);
    const bool at_return = hook.mechanism == Mechanism::kretprobe;
    const auto symbol = facts_->symbols.find(hook.target);
    const std::string name =
        symbol != facts_->symbols.end() ? symbol->second : std::string(hook.target);
    return PerfEvent::kprobe(facts_->kprobe_pmu, at_return, name.c_str());
}

Result<Link> Tracer::attach_hook(const Hook &hook) {
    const std::string name(hook.program);
    const std::string what =
        std::string(mechanism_name(hook.mechanism)) + " on " + std::string(hook.target);
    const bpf_program *program = bpf_object__find_program_by_name(skeleton_->obj, name.c_str());
    if (by_perf_event(hook.mechanism)) {
        PerfEvent event = open_event(hook);
        int error = event.error();
        if (error == 0)
            error = event.attach(bpf_program__fd(program));
        if (error != 0)
            return failure(what, error);
        return Link(std::move(event));
    }
    BpfLink link(bpf_program__attach_trace(program));
    if (!link)
        return failure(what, errno);
    return Link(std::move(link));
}

std::optional<Failure> Tracer::run_iterator(const bpf_program *program) {
    if (!bpf_program__autoload(program))
        return std::nullopt;
    return iterate(program, nullptr);
}

std::optional<Failure> Tracer::walk_table(const bpf_map *table) {
    bpf_iter_link_info info{};
    info.map.map_fd = static_cast<__u32>(bpf_map__fd(table));
    LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
    return iterate(skeleton_->progs.walk_iter, &opts);
}

void Tracer::begin_walk(bool everything) {
    skeleton_->bss->walk++;
    skeleton_->bss->walk_all = everything ? 1 : 0;
}

Result<bool> Tracer::walk() {
    skeleton_->bss->walk_unfinished = 0;
    if (bpf_program__autoload(skeleton_->progs.walk_raw_tp)) {
        if (const int error = test_run(skeleton_->progs.walk_raw_tp))
            return failure(cannot_list, error);
    } else {
        for (const bpf_map *table : {skeleton_->maps.socks, skeleton_->maps.crowd}) {
            if (!bpf_map__autocreate(table))
                continue;
            if (auto failed = walk_table(table))
                return *failed;
        }
    }
    return __atomic_load_n(&skeleton_->bss->walk_unfinished, __ATOMIC_SEQ_CST) == 0;
}

std::vector<Spill> Tracer::spills() const {
    std::vector<Spill> all;
    const int map = bpf_map__fd(skeleton_->maps.spills);
    wire_spill_key key{};
    wire_spill sum{};
    for (int next = bpf_map_get_next_key(map, nullptr, &key); next == 0;
         next = bpf_map_get_next_key(map, &key, &key)) {
        if (bpf_map_lookup_elem(map, &key, &sum) == 0 && sum.connections != 0)
            all.push_back(spill_of(key, sum));
    }
    return all;
}

Result<std::uint64_t> Tracer::snapshot() {
    if (skeleton_->rodata->config.ignore_existing == 0) {
        for (const bpf_program *program :
             {skeleton_->progs.files_iter, skeleton_->progs.hash_iter}) {
            if (auto failed = run_iterator(program))
                return *failed;
        }
    }
    __atomic_store_n(&skeleton_->bss->snapshot_done, 1, __ATOMIC_SEQ_CST);
    return skeleton_->bss->counters.existing;
}

int Tracer::wakeup_fd() const {
    return bpf_map__fd(skeleton_->maps.events);
}

std::size_t Tracer::consume(const std::function<void(std::span<const std::byte>)> &take) {
    return ring_->consume(take);
}

void Tracer::request_wakeup() {
    __atomic_store_n(&skeleton_->bss->reader_asleep, 1, __ATOMIC_SEQ_CST);
}

bool Tracer::arm(bool wanted) {
    if (!wanted)
        armed_.clear();
    if (!wanted || !armed_.empty() || arm_failed_)
        return !armed_.empty();
    for (Attached &attached : attached_) {
        if (!attached.choice->purpose->on_demand)
            continue;
        for (const Way *way : attached.choice->ways) {
            const std::string reason = attach_way(*way, armed_);
            if (reason.empty()) {
                attached.way = way;
                return true;
            }
            attached.failed.push_back({way, reason});
        }
    }
    arm_failed_ = true; // trying again would only cost
    return false;
}

void Tracer::ask_for_connect(const SocketKey &key) {
    test_run(skeleton_->progs.ask_raw_tp, {key.sock, static_cast<std::uint64_t>(key.born.count())});
}

Losses Tracer::losses() const {
    Losses losses;
    losses.ring_full = lost_events();
    losses.table_full = skeleton_->bss->counters.table_full;
    losses.not_seen = skeleton_->bss->counters.not_seen;
    const bpf_program *program = nullptr;
    for (const Attached &attached : attached_) {
        if (attached.way == nullptr || attached.choice->purpose->on_demand)
            continue;
        for (const Hook &hook : attached.way->hooks) {
            program =
                bpf_object__find_program_by_name(skeleton_->obj, std::string(hook.program).c_str());
            losses.missed += missed_runs(program);
        }
    }
    return losses;
}

std::uint64_t Tracer::lost_events() const {
    return skeleton_->bss->counters.ring_full;
}

} // namespace tcptrail
