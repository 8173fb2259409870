#include "namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"
#include "process.h"

namespace live {

NetNamespace NetNamespace::current() {
    const int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    throw_unless(fd >= 0, "/proc/thread-self/ns/net");
    return NetNamespace(fd);
}

NetNamespace::NetNamespace() {
    const NetNamespace before = current();
    throw_unless(unshare(CLONE_NEWNET) == 0, "unshare(CLONE_NEWNET)");
    fd_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    Netlink().set_up("lo");
    before.enter();
}

NetNamespace::~NetNamespace() {
    if (fd_ >= 0)
        close(fd_);
}

void NetNamespace::enter() const {
    throw_unless(setns(fd_, CLONE_NEWNET) == 0, "setns");
}

std::int64_t NetNamespace::inode() const {
    struct stat status {};
    throw_unless(fstat(fd_, &status) == 0, "fstat of a namespace");
    return static_cast<std::int64_t>(status.st_ino);
}

std::string NetNamespace::path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_);
}

} // namespace live
