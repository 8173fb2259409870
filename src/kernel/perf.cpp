#include "kernel/perf.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "failure.h"

namespace tcptrail {
namespace {

// perf_event_open(2) has no wrapper in glibc.
int perf_open(perf_event_attr &attr) {
    attr.size = sizeof(attr);
    const long fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : static_cast<int>(fd);
}

Ability ability_of(const PerfEvent &event, const char *what) {
    const int error = event.error();
    if (error == -EACCES || error == -EPERM)
        return {false, std::string(what) + ": not permitted; it takes CAP_SYS_ADMIN, or "
                                           "CAP_PERFMON and sysctl kernel.perf_event_paranoid=1"};
    return error != 0 ? Ability{false, failure(what, error).message} : Ability{true, ""};
}

std::optional<int> read_int(int dir, const char *path) {
    const int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return std::nullopt;
    char text[32];
    const ssize_t length = read(fd, text, sizeof(text));
    close(fd);
    int value = 0;
    if (length <= 0 || std::from_chars(text, text + length, value).ec != std::errc())
        return std::nullopt;
    return value;
}

// A tracefs that no path leads to; -1 and the positive errno: none.
int mount_detached(int &error) {
    const int fs = fsopen("tracefs", FSOPEN_CLOEXEC);
    int root = -1;
    if (fs >= 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0)
        root = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
    error = errno;
    if (fs >= 0)
        close(fs);
    return root;
}

// A .cold part is not the function's entry.
bool is_entry(std::string_view suffix) {
    return suffix.empty() || ((suffix.starts_with(".isra.") || suffix.starts_with(".constprop.")) &&
                              suffix.find(".cold") == std::string_view::npos);
}

} // namespace

TraceFs::TraceFs() {
    int error = 0;
    root_ = mount_detached(error);
    // Without CAP_SYS_ADMIN nothing can be mounted, but what is mounted can be read.
    if (root_ < 0)
        root_ = open("/sys/kernel/tracing", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root_ >= 0 && faccessat(root_, "events", X_OK, AT_EACCESS) == 0)
        ability_.usable = true;
    else
        ability_.reason = failure("the kernel's tracepoints cannot be listed without CAP_SYS_ADMIN "
                                  "or a tracefs at /sys/kernel/tracing",
                                  error)
                              .message;
}

TraceFs::~TraceFs() {
    if (root_ >= 0)
        close(root_);
}

std::optional<int> TraceFs::event_id(std::string_view tracepoint) const {
    const std::string path = "events/" + std::string(tracepoint) + "/id";
    return read_int(root_, path.c_str());
}

PerfEvent PerfEvent::tracepoint(int id) {
    perf_event_attr attr{};
    attr.type = PERF_TYPE_TRACEPOINT;
    attr.config = static_cast<std::uint64_t>(id);
    attr.sample_period = 1;
    attr.wakeup_events = 1;
    return PerfEvent(perf_open(attr));
}

PerfEvent PerfEvent::kprobe(int pmu, bool at_return, const char *function) {
    perf_event_attr attr{};
    attr.type = static_cast<std::uint32_t>(pmu);
    attr.config = at_return ? 1 : 0; // format/retprobe of the device
    attr.config1 = reinterpret_cast<std::uint64_t>(function);
    return PerfEvent(perf_open(attr));
}

PerfEvent PerfEvent::dummy() {
    perf_event_attr attr{};
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_DUMMY;
    return PerfEvent(perf_open(attr));
}

PerfEvent::~PerfEvent() {
    if (fd_ >= 0)
        close(fd_);
}

int PerfEvent::attach(int program) const {
    if (ioctl(fd_, PERF_EVENT_IOC_SET_BPF, program) != 0 ||
        ioctl(fd_, PERF_EVENT_IOC_ENABLE, 0) != 0)
        return -errno;
    return 0;
}

Ability ask_tracepoint(int id) {
    return ability_of(PerfEvent::tracepoint(id), "perf events on tracepoints");
}

std::optional<int> kprobe_pmu() {
    return read_int(AT_FDCWD, "/sys/bus/event_source/devices/kprobe/type");
}

Ability ask_kprobe(std::optional<int> pmu, const char *function) {
    if (!pmu)
        return {false, "this kernel has no kprobes (CONFIG_KPROBES, CONFIG_KPROBE_EVENTS)"};
    return ability_of(PerfEvent::kprobe(*pmu, false, function), "perf events on kprobes");
}

std::map<std::string, std::string, std::less<>> kprobe_symbols(const FunctionNames &functions) {
    std::map<std::string, std::string, std::less<>> symbols;
    if (functions.empty())
        return symbols;
    std::ifstream list("/proc/kallsyms");
    for (std::string line; std::getline(list, line);) {
        const auto start = line.rfind(' ');
        if (start == std::string::npos || line.find('\t') != std::string::npos)
            continue; // of a module
        const std::string_view name = std::string_view(line).substr(start + 1);
        const std::string_view function = name.substr(0, name.find('.'));
        if (functions.contains(function) && is_entry(name.substr(function.size())) &&
            (name == function || !symbols.contains(function)))
            symbols.insert_or_assign(std::string(function), std::string(name));
    }
    return symbols;
}

} // namespace tcptrail
