// The running trace: programs loaded and attached, in the order load, attach, snapshot, poll.
// Destroying it leaves nothing in the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "failure.h"
#include "flow/record.h"
#include "flow/spill.h"
#include "kernel/facts.h"
#include "kernel/known_btf.h"
#include "kernel/perf.h"
#include "kernel/plan.h"
#include "kernel/ring.h"
#include "options.h"

struct bpf_link;
struct bpf_map;
struct bpf_program;
struct tcptrail_bpf;

namespace tcptrail {

struct LinkDeleter {
    void operator()(bpf_link *link) const;
};
struct SkeletonDeleter {
    void operator()(tcptrail_bpf *skeleton) const;
};

using BpfLink = std::unique_ptr<bpf_link, LinkDeleter>;
using Link = std::variant<BpfLink, PerfEvent>; // attached as long as it lives

// Totals since the start.
struct Losses {
    std::uint64_t ring_full = 0;
    std::uint64_t table_full = 0;
    std::uint64_t missed = 0;   // runs of a program that the kernel skipped (5.12 and later)
    std::uint64_t not_seen = 0; // closes that only their sockets' absence told of
};

// What became of a fact's hooks.
struct Attached {
    const Choice *choice = nullptr;
    const Way *way = nullptr;     // in use, or to be armed; none: missing
    std::vector<Rejected> failed; // refused when they were to be attached
};

class Tracer {
  public:
    // Loads and attaches what the plan takes. `facts` and `plan` must outlive the tracer. A missing
    // optional hook is no failure: attached() tells of it. Where fentry turns out not to be usable,
    // it fails and the facts say so from then on.
    [[nodiscard]] static Result<std::unique_ptr<Tracer>>
    start(const Options &options, KernelFacts &facts, const KnownBtf &btf, const Plan &plan,
          std::uint64_t cgroup_id);

    // Takes stock of what is open; from its return on no event is missed. Returns how many
    // connections that is.
    [[nodiscard]] Result<std::uint64_t> snapshot();

    // Begins to tell by the ring buffer which connections are open, with their counters of now:
    // those that have changed since they were told last, or `everything`.
    void begin_walk(bool everything);

    // False: there was no room for all of them. consume() makes some for the next call.
    [[nodiscard]] Result<bool> walk();

    // What found no room in the ring buffer; only where Needs::both_ends is.
    [[nodiscard]] std::vector<Spill> spills() const;

    // What is attached, per purpose of the plan.
    [[nodiscard]] const std::vector<Attached> &attached() const { return attached_; }

    // Edge-triggered, it becomes readable when the kernel wants the ring buffer read.
    [[nodiscard]] int wakeup_fd() const;

    // Hands over every record that is there. Returns how many.
    std::size_t consume(const std::function<void(std::span<const std::byte>)> &take);

    // The next record makes wakeup_fd() readable; consume() once more before sleeping.
    void request_wakeup();

    // Attaches the hooks that see who moves bytes, or detaches them. True: they are attached.
    bool arm(bool wanted);

    // Wants a connect told whose local port was not known when it began.
    void ask_for_connect(const SocketKey &key);

    [[nodiscard]] Losses losses() const;
    // Of these the one that costs nothing to ask.
    [[nodiscard]] std::uint64_t lost_events() const;

  private:
    Tracer(std::unique_ptr<tcptrail_bpf, SkeletonDeleter> skeleton, const KernelFacts &facts);

    [[nodiscard]] std::optional<Failure> attach_all(const Plan &plan, KernelFacts &facts);
    [[nodiscard]] std::string attach_way(const Way &way, std::vector<Link> &links);
    [[nodiscard]] Result<Link> attach_hook(const Hook &hook);
    [[nodiscard]] PerfEvent open_event(const Hook &hook) const;
    [[nodiscard]] std::optional<Failure> run_iterator(const bpf_program *program);
    [[nodiscard]] std::optional<Failure> walk_table(const bpf_map *table);

    std::unique_ptr<tcptrail_bpf, SkeletonDeleter> skeleton_;
    std::unique_ptr<Ring> ring_;
    const KernelFacts *facts_;
    std::vector<Attached> attached_;
    std::vector<Link> links_;
    std::vector<Link> armed_;
    bool arm_failed_ = false;
};

} // namespace tcptrail
