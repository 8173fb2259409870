// Which system calls are left once the loop runs. Each case is a child that limits itself.
#include "kernel/system_calls.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "catch.h"

using namespace tcptrail;

namespace {

// Not _exit(): before a function that does not return AddressSanitizer asks for the signal stack,
// which is a system call that is no longer allowed.
void end_child(int status) {
    syscall(SYS_exit_group, status);
}

// The errno of what is tried by a child that is limited; 0: it can be done.
template <typename Try> int limited(const LoopCalls &calls, Try attempt) {
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        if (allow_only(calls))
            end_child(255);
        errno = 0;
        end_child(attempt() < 0 ? errno : 0);
    }
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 255);
    return WEXITSTATUS(status);
}

// Without arguments that make sense the kernel itself refuses, in another way than the filter.
long bpf(int command) {
    return syscall(SYS_bpf, command, nullptr, 1 << 20);
}

} // namespace

TEST_CASE("once limited, no file, socket, process or program can be opened or made") {
    CHECK(limited({}, [] { return open("/etc/passwd", O_RDONLY); }) == EPERM);
    CHECK(limited({}, [] { return socket(AF_INET, SOCK_STREAM, 0); }) == EPERM);
    CHECK(limited({}, [] { return fork(); }) == EPERM);
    CHECK(limited({}, [] { return execl("/bin/true", "true", nullptr); }) == EPERM);
    CHECK(limited({}, [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }) == EPERM);
    CHECK(limited({}, [] { return prctl(PR_SET_NAME, "other"); }) == EPERM);
    CHECK(limited({}, [] { return setuid(getuid()); }) == EPERM);
}

TEST_CASE("once limited, no memory can be made executable") {
    const auto map = [](int access) {
        return mmap(nullptr, 4096, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
                                                                                             : 0;
    };
    CHECK(limited({}, [&] { return map(PROT_READ | PROT_WRITE); }) == 0);
    CHECK(limited({}, [&] { return map(PROT_READ | PROT_EXEC); }) == EPERM);
    static char page[4096];
    CHECK(limited({}, [] { return mprotect(page, 1, PROT_EXEC); }) == EPERM);
}

TEST_CASE("once limited, bpf(2) loads no program, makes no map and opens nobody else's") {
    for (const int command : {BPF_PROG_LOAD, BPF_MAP_CREATE, BPF_BTF_LOAD, BPF_MAP_UPDATE_ELEM,
                              BPF_MAP_DELETE_ELEM, BPF_OBJ_PIN, BPF_OBJ_GET, BPF_PROG_ATTACH,
                              BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_LINK_UPDATE}) {
        CAPTURE(command);
        CHECK(limited({}, [&] { return bpf(command); }) == EPERM);
    }
    for (const int command :
         {BPF_PROG_TEST_RUN, BPF_LINK_CREATE, BPF_RAW_TRACEPOINT_OPEN, BPF_ITER_CREATE,
          BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM, BPF_OBJ_GET_INFO_BY_FD}) {
        CAPTURE(command);
        CHECK(limited({}, [&] { return bpf(command); }) == E2BIG);
    }
}

TEST_CASE("once limited, perf events are for hooks on demand by kprobes only") {
    const auto perf = [] { return syscall(SYS_perf_event_open, nullptr, 0, 0, -1, 0); };
    const auto attach = [] { return ioctl(-1, PERF_EVENT_IOC_SET_BPF, 0); };
    CHECK(limited({}, perf) == EPERM);
    CHECK(limited({}, attach) == EPERM);
    CHECK(limited({.kprobes = true, .command = {}}, perf) != EPERM); // but by the kernel itself
    CHECK(limited({.kprobes = true, .command = {}}, attach) == EBADF);
    CHECK(limited({}, [] { return ioctl(0, TIOCSTI, "x"); }) == EPERM);
}

TEST_CASE("once limited, a terminal's modes are for runs that read keys only") {
    const LoopCalls keys{.kprobes = false, .command = {}, .keyboard = true};
    for (const unsigned long request : {TCSETS, TIOCGPGRP}) {
        CAPTURE(request);
        CHECK(limited({}, [=] { return ioctl(-1, request, 0); }) == EPERM);
        CHECK(limited(keys, [=] { return ioctl(-1, request, 0); }) == EBADF);
    }
    for (const unsigned long request : {TIOCSTI, TIOCSCTTY, TIOCSPGRP, TCSETSW, TIOCSETD})
        CHECK(limited(keys, [=] { return ioctl(-1, request, "x"); }) == EPERM);
}

TEST_CASE("once limited, a run that reads keys sends signals to itself only") {
    const LoopCalls keys{.kprobes = false, .command = {}, .keyboard = true};
    const pid_t parent = getpid();
    CHECK(limited(keys, [=] { return kill(parent, 0); }) == EPERM);
    CHECK(limited(keys, [] { return kill(0, 0); }) == EPERM);
    CHECK(limited(keys, [] { return kill(-1, 0); }) == EPERM);
    CHECK(limited({}, [=] { return kill(parent, 0); }) == EPERM);
}

TEST_CASE("once limited, nobody but the command gets a signal, and that only SIGTERM") {
    const pid_t command = fork();
    REQUIRE(command >= 0);
    if (command == 0) {
        signal(SIGTERM, SIG_DFL); // not the test framework's
        pause();
        _exit(0);
    }
    const LoopCalls calls{.kprobes = false, .command = command};
    CHECK(limited({}, [&] { return kill(command, SIGTERM); }) == EPERM);
    CHECK(limited(calls, [&] { return kill(command, SIGKILL); }) == EPERM);
    CHECK(limited(calls, [] { return kill(getppid(), SIGTERM); }) == EPERM);
    CHECK(limited(calls, [&] { return kill(command, SIGTERM); }) == 0);
    int status = 0;
    REQUIRE(waitpid(command, &status, 0) == command);
    CHECK(WIFSIGNALED(status));
}
