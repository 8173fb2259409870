#include "kernel/known_btf.h"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <string_view>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

namespace tcptrail {
namespace {

// "fentry/tcp_connect", "tp_btf/inet_sock_set_state", "iter/tcp"
std::string target_of(const bpf_program *program) {
    const std::string_view section = bpf_program__section_name(program);
    const std::string_view name = section.substr(section.find('/') + 1);
    if (bpf_program__expected_attach_type(program) == BPF_TRACE_ITER)
        return iterator_target(name);
    const bool tracepoint = bpf_program__expected_attach_type(program) == BPF_TRACE_RAW_TP;
    return btf_target({.program = {},
                       .mechanism = tracepoint ? Mechanism::tp_btf : Mechanism::fentry,
                       .target = name});
}

// Called by libbpf for each program that it is about to load.
int set_target(bpf_program *program, bpf_prog_load_opts *opts, long cookie) {
    const auto &facts = *std::bit_cast<const KernelFacts *>(cookie);
    const auto target = facts.targets.find(target_of(program));
    if (target == facts.targets.end())
        return -ESRCH;
    opts->attach_btf_id = target->second;
    opts->expected_attach_type = bpf_program__expected_attach_type(program);
    return bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
}

// An object that has a program of type tracing makes libbpf parse the kernel's BTF before it
// loads anything; so they get their type when they are loaded.
int handle(const char *section, bpf_attach_type type, const KernelFacts &facts) {
    LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = std::bit_cast<long>(&facts),
                .prog_prepare_load_fn = set_target);
    return libbpf_register_prog_handler(section, BPF_PROG_TYPE_RAW_TRACEPOINT, type, &opts);
}

int file_in_memory(const std::vector<std::byte> &bytes) {
    const int fd = memfd_create("tcptrail-btf", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()))
        return fd;
    close(fd);
    return -1;
}

} // namespace

KnownBtf::KnownBtf(const KernelFacts &facts) : file_(file_in_memory(facts.program_types)) {
    const std::string path = "/proc/self/fd/" + std::to_string(file_);
    if (file_ < 0 || access(path.c_str(), R_OK) != 0)
        return;
    path_ = path;
    for (const auto &[section, type] : {std::pair{"fentry+", BPF_TRACE_FENTRY},
                                        {"fexit+", BPF_TRACE_FEXIT},
                                        {"tp_btf+", BPF_TRACE_RAW_TP},
                                        {"iter+", BPF_TRACE_ITER}})
        handlers_.push_back(handle(section, type, facts));
}

KnownBtf::~KnownBtf() {
    for (const int handler : handlers_)
        libbpf_unregister_prog_handler(handler);
    if (file_ >= 0)
        close(file_);
}

} // namespace tcptrail
