#include "kernel/start.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <span>

#include "kernel/inspect.h"

namespace tcptrail {
namespace {

// Most of the code, and the BPF object, serve nothing but the start: what of the binary was only
// read need not stay resident. Pages that are still needed come back by themselves.
void let_go_of_start() {
    const auto let_go = [](dl_phdr_info *info, std::size_t, void *) {
        const auto page = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
        for (const ElfW(Phdr) & segment : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
            const ElfW(Addr) start = info->dlpi_addr + segment.p_vaddr;
            const ElfW(Addr) first = (start + page - 1) / page * page;
            const ElfW(Addr) last = (start + segment.p_memsz) / page * page;
            if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0 && first < last)
                madvise(std::bit_cast<void *>(first), last - first, MADV_DONTNEED);
        }
        return 1; // the binary is the first object
    };
    dl_iterate_phdr(let_go, nullptr);
}

} // namespace

Result<std::unique_ptr<Tracer>> start_tracer(const Options &options, KernelFacts &facts, Plan &plan,
                                             std::uint64_t cgroup_id) {
    const bool fentry_was_usable = facts.fentry.usable;
    const KnownBtf btf(facts);
    auto tracer = Tracer::start(options, facts, btf, plan, cgroup_id);
    if (facts.fentry.usable == fentry_was_usable) {
        let_go_of_start();
        return tracer;
    }
    ask_perf(facts, options.backend, options.info || options.verbose);
    auto other = make_plan(facts, options.backend, options.command.has_value());
    if (auto *failed = std::get_if<Failure>(&other))
        return *failed;
    plan = std::get<Plan>(std::move(other));
    return Tracer::start(options, facts, btf, plan, cgroup_id);
}

} // namespace tcptrail
