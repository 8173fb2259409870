#include "command.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "output/diag.h"

namespace tcptrail {
namespace {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;
};

struct CloseFile {
    void operator()(FILE *file) const { fclose(file); }
};

using File = std::unique_ptr<FILE, CloseFile>;

// From /etc/passwd alone: a static binary has no name services.
std::optional<User> find_user(const std::string &name) {
    const File file(fopen("/etc/passwd", "re"));
    passwd entry{};
    passwd *found = nullptr;
    std::vector<char> text(65536);
    while (file && fgetpwent_r(file.get(), &entry, text.data(), text.size(), &found) == 0) {
        if (name == entry.pw_name || name == std::to_string(entry.pw_uid))
            return User{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
    }
    return std::nullopt;
}

std::vector<gid_t> groups_of(const User &user) {
    std::vector<gid_t> groups{user.gid};
    const File file(fopen("/etc/group", "re"));
    group entry{};
    group *found = nullptr;
    std::vector<char> text(65536);
    while (file && fgetgrent_r(file.get(), &entry, text.data(), text.size(), &found) == 0) {
        for (char **member = entry.gr_mem; *member != nullptr; member++) {
            if (user.name == *member)
                groups.push_back(entry.gr_gid);
        }
    }
    return groups;
}

bool become(const User &user, const std::vector<gid_t> &groups) {
    return setgroups(groups.size(), groups.data()) == 0 && setgid(user.gid) == 0 &&
           setuid(user.uid) == 0;
}

// As they were before tcptrail caught signals. SIGHUP keeps its disposition everywhere.
void restore_signals() {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
}

// In the child, until it is another program or gone.
[[noreturn]] void execute(const Command &command, const std::optional<User> &user,
                          const std::vector<gid_t> &groups, bool join_stdout) {
    restore_signals();
    if (join_stdout)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    if (user && !become(*user, groups)) {
        Diag().problem("--user " + user->name + ": " + strerror(errno));
        _exit(126);
    }
    if (user) {
        setenv("HOME", user->home.c_str(), 1);
        setenv("USER", user->name.c_str(), 1);
        setenv("LOGNAME", user->name.c_str(), 1);
    }
    std::vector<char *> argv;
    for (const std::string &word : command.argv)
        argv.push_back(const_cast<char *>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    const int error = errno;
    Diag().problem(command.argv[0] + ": " + strerror(error));
    _exit(error == ENOENT ? 127 : 126);
}

// In the child: returns when it is let go. Signals wait as long.
void wait_for_release(int leash) {
    char byte = 0;
    ssize_t length = 0;
    do
        length = read(leash, &byte, sizeof(byte));
    while (length < 0 && errno == EINTR);
    if (length != sizeof(byte))
        _exit(0);
}

} // namespace

Result<Child> Child::hold(const Command &command, bool join_stdout) {
    std::optional<User> user;
    std::vector<gid_t> groups;
    if (command.user) {
        user = find_user(*command.user);
        if (!user)
            return Failure{"--user: no user '" + *command.user + "' in /etc/passwd"};
        groups = groups_of(*user);
    }
    // Like every descriptor of tcptrail, both ends are closed by execve(2).
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failure("cannot hold " + command.argv[0], errno);
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        wait_for_release(ends[0]);
        execute(command, user, groups, join_stdout);
    }
    const int fork_error = errno;
    close(ends[0]);
    Child child(pid, -1, ends[1]);
    if (pid < 0)
        return failure("cannot fork for " + command.argv[0], fork_error);
    child.pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (child.pidfd_ < 0)
        return failure("cannot watch " + command.argv[0], errno);
    return child;
}

Child::Child(Child &&other) noexcept
    : pid_(other.pid_), pidfd_(std::exchange(other.pidfd_, -1)),
      leash_(std::exchange(other.leash_, -1)) {}

Child::~Child() {
    if (leash_ >= 0) {
        close(leash_);
        if (pid_ > 0)
            waitpid(pid_, nullptr, 0);
    }
    if (pidfd_ >= 0)
        close(pidfd_);
}

void Child::release() {
    const char byte = 0;
    // It fails if somebody has killed the child, which shows as its end.
    [[maybe_unused]] const ssize_t length = write(leash_, &byte, sizeof(byte));
    close(std::exchange(leash_, -1));
}

void Child::terminate() const {
    kill(pid_, SIGTERM);
}

int Child::wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR)
            return 1;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace tcptrail
