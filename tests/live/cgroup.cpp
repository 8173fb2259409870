#include "cgroup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "process.h"

namespace live {

std::string cgroup_root() {
    std::istringstream mounts(read_file("/proc/mounts"));
    std::string device, directory, type, rest;
    while (mounts >> device >> directory >> type && std::getline(mounts, rest))
        if (type == "cgroup2")
            return directory;
    return {};
}

namespace {

std::int64_t inode_of(const std::string &path) {
    struct stat status {};
    throw_unless(stat(path.c_str(), &status) == 0, path);
    return static_cast<std::int64_t>(status.st_ino);
}

} // namespace

std::int64_t own_cgroup_id() {
    for (const std::string &line : lines_of(read_file("/proc/self/cgroup")))
        if (line.starts_with("0::"))
            return inode_of(cgroup_root() + line.substr(3));
    return 0;
}

Cgroup::Cgroup(const std::string &name, const std::string &parent) : path_(parent + "/" + name) {
    throw_unless(mkdir(path_.c_str(), 0755) == 0 || errno == EEXIST, path_);
}

Cgroup::~Cgroup() {
    // A process that has just ended stays in its group for a moment.
    eventually([&] { return rmdir(path_.c_str()) == 0; }, std::chrono::seconds(5));
}

std::int64_t Cgroup::id() const {
    return inode_of(path_);
}

} // namespace live
