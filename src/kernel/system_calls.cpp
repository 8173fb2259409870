#include "kernel/system_calls.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <memory>

#include <linux/bpf.h>
#include <seccomp.h>

namespace tcptrail {
namespace {

// A call that was forgotten here must not end the trace of an incident, and an intruder gains as
// little by EPERM as by death: hence an error, which the kernel's audit log tells of
// (type=1326). What libc and libbpf do with it they do with any error.
constexpr std::uint32_t everything_else = SCMP_ACT_ERRNO(EPERM);

class Filter {
  public:
    Filter() : context_(seccomp_init(everything_else)) {
        if (!context_)
            error_ = -ENOMEM;
        else
            seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1); // 4.14 and later
    }

    void allow(std::initializer_list<int> calls) {
        for (const int call : calls)
            add(call, {});
    }

    // One argument has one of these values, in the bits of the mask.
    void allow_with(int call, unsigned argument, std::initializer_list<scmp_datum_t> values,
                    scmp_datum_t mask = ~scmp_datum_t{0}) {
        for (const scmp_datum_t value : values)
            add(call, {SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value)});
    }

    void allow_kill_self() {
        add(SCMP_SYS(kill), {SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()))});
    }

    void allow_kill(pid_t pid, int signal) {
        add(SCMP_SYS(kill), {SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(pid)),
                             SCMP_A1_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(signal))});
    }

    // 0 or a negative errno. It sets no_new_privs, too.
    [[nodiscard]] int load() const { return error_ != 0 ? error_ : seccomp_load(context_.get()); }

  private:
    struct Release {
        void operator()(void *context) const { seccomp_release(context); }
    };

    void add(int call, std::initializer_list<scmp_arg_cmp> conditions) {
        if (error_ == 0)
            error_ = seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                            static_cast<unsigned>(conditions.size()),
                                            conditions.begin());
    }

    std::unique_ptr<void, Release> context_;
    int error_ = 0;
};

// Of the kernel, by bpf(2): ask for counters, walk what is open, attach what is loaded. Neither a
// program nor a map can be added, nor one of somebody else's be opened.
void allow_bpf(Filter &filter) {
    filter.allow_with(SCMP_SYS(bpf), 0,
                      {BPF_PROG_TEST_RUN, BPF_LINK_CREATE, BPF_RAW_TRACEPOINT_OPEN, BPF_ITER_CREATE,
                       BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM, BPF_OBJ_GET_INFO_BY_FD});
}

void allow_kprobes(Filter &filter) {
    filter.allow({SCMP_SYS(perf_event_open)});
    filter.allow_with(SCMP_SYS(ioctl), 1, {PERF_EVENT_IOC_SET_BPF, PERF_EVENT_IOC_ENABLE});
}

// Its modes, who is in its foreground, and to be stopped or ended by the signal that it sent.
void allow_keyboard(Filter &filter) {
    filter.allow_with(SCMP_SYS(ioctl), 1, {TCSETS, TIOCGPGRP});
    filter.allow_kill_self();
}

// Some names are of one architecture only, others what C libraries of other years call.
void allow_loop(Filter &filter) {
    filter.allow({SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(poll),
                  SCMP_SYS(ppoll), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
                  SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(futex)});
    filter.allow({SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(close)});
    filter.allow({SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise)});
    filter.allow_with(SCMP_SYS(mmap), 2, {0}, PROT_EXEC);        // no new code
    filter.allow_with(SCMP_SYS(ioctl), 1, {TCGETS, TIOCGWINSZ}); // a terminal's size
    filter.allow({SCMP_SYS(wait4), SCMP_SYS(waitid)});
    // A stop and its end by SIGCONT make the kernel restart what was waiting.
    filter.allow({SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask)});
    filter.allow({SCMP_SYS(exit), SCMP_SYS(exit_group)});
}

} // namespace

std::optional<Failure> allow_only(const LoopCalls &calls) {
    Filter filter;
    allow_loop(filter);
    allow_bpf(filter);
    if (calls.kprobes)
        allow_kprobes(filter);
    if (calls.command)
        filter.allow_kill(*calls.command, SIGTERM);
    if (calls.keyboard)
        allow_keyboard(filter);
    if (const int error = filter.load())
        return failure("cannot limit the system calls (seccomp)", error);
    return std::nullopt;
}

} // namespace tcptrail
