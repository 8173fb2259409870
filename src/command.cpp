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

// In the child, until it is another program or gone.
[[noreturn]] void execute(const Command &command, const std::optional<User> &user,
                          const std::vector<gid_t> &groups, bool join_stdout) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
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

} // namespace

Result<Child> Child::run(const Command &command, bool join_stdout) {
    std::optional<User> user;
    std::vector<gid_t> groups;
    if (command.user) {
        user = find_user(*command.user);
        if (!user)
            return Failure{"--user: no user '" + *command.user + "' in /etc/passwd"};
        groups = groups_of(*user);
    }
    const pid_t pid = fork();
    if (pid < 0)
        return failure("cannot fork for " + command.argv[0], errno);
    if (pid == 0)
        execute(command, user, groups, join_stdout);
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        const int error = errno;
        kill(pid, SIGTERM);
        return failure("cannot watch " + command.argv[0], error);
    }
    return Child(pid, pidfd);
}

Child::Child(Child &&other) noexcept : pid_(other.pid_), pidfd_(std::exchange(other.pidfd_, -1)) {}

Child::~Child() {
    if (pidfd_ >= 0)
        close(pidfd_);
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
