#include "process.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <system_error>
#include <thread>

#include "catch.h"
#include "evidence.h"

namespace live {

namespace {

// Reads a file from its start, whatever the position that it shares with its writer.
std::string content_of(int fd) {
    std::string content;
    std::array<char, 16384> buffer;
    for (;;) {
        const ssize_t count =
            pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(content.size()));
        if (count <= 0)
            return content;
        content.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

} // namespace

void throw_unless(bool good, std::string_view what) {
    if (!good)
        throw std::system_error(errno, std::generic_category(), std::string(what));
}

void write_file(const std::string &path, std::string_view content) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    throw_unless(fd >= 0, path);
    const bool written = write(fd, content.data(), content.size()) == std::ssize(content);
    close(fd);
    throw_unless(written, path);
}

std::string read_file(const std::string &path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    throw_unless(fd >= 0, path);
    std::string content;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = read(fd, buffer.data(), buffer.size())) > 0;)
        content.append(buffer.data(), static_cast<std::size_t>(count));
    close(fd);
    return content;
}

std::string self_path() {
    std::array<char, PATH_MAX> path{};
    throw_unless(readlink("/proc/self/exe", path.data(), path.size() - 1) > 0, "/proc/self/exe");
    return path.data();
}

void pause_for(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

pid_t fork_into_pid_namespace() {
    return static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
}

Process::Process(const Spawn &how)
    : output_(memfd_create("stdout", MFD_CLOEXEC)), errors_(memfd_create("stderr", MFD_CLOEXEC)) {
    throw_unless(output_ >= 0 && errors_ >= 0, "memfd_create");
    pid_ = how.own_pids ? fork_into_pid_namespace() : fork();
    throw_unless(pid_ >= 0, "fork");
    if (pid_ == 0)
        execute(how);
}

void Process::execute(const Spawn &how) const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_DFL);
    for (const int number : how.ignored)
        std::signal(number, SIG_IGN);
    if (how.stdin_fd >= 0)
        dup2(how.stdin_fd, STDIN_FILENO);
    dup2(how.stdout_fd >= 0 ? how.stdout_fd : output_, STDOUT_FILENO);
    dup2(how.stderr_fd >= 0 ? how.stderr_fd : errors_, STDERR_FILENO);
    // Both may be written by several processes (tcptrail and its COMMAND).
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_APPEND);
    try {
        if (how.prepare != nullptr)
            how.prepare();
    } catch (const std::exception &failure) {
        perror(failure.what());
        _exit(125);
    }
    if (how.uid != 0 && setresuid(how.uid, how.uid, how.uid) != 0)
        _exit(125);
    std::vector<char *> argv;
    for (const std::string &word : how.argv)
        argv.push_back(const_cast<char *>(word.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    perror(argv[0]);
    _exit(125);
}

Process::~Process() {
    if (running())
        signal(SIGKILL);
    // One that the kernel does not let go would hold up everything for good.
    if (!eventually([this] { return !running(); }))
        std::cerr << "not even SIGKILL ends it:\n" << evidence_of(pid_) << std::flush;
    close(output_);
    close(errors_);
}

void Process::signal(int number) const {
    if (!status_)
        kill(pid_, number);
}

bool Process::running() {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_)
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return !status_;
}

int Process::wait() {
    if (!eventually([&] { return !running(); })) {
        const std::string evidence = evidence_of(pid_);
        signal(SIGKILL);
        FAIL("the program does not end; stderr: " << errors() << evidence);
    }
    return *status_;
}

std::string Process::output() const {
    return content_of(output_);
}

std::string Process::errors() const {
    return content_of(errors_);
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

} // namespace live
