#include "cgroup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "process.h"

namespace live {

namespace {

// Where a file system of this type is mounted, with this among its options; empty if nowhere.
std::string mount_point(std::string_view wanted, std::string_view option = {}) {
    std::istringstream mounts(read_file("/proc/mounts"));
    std::string device, directory, type, rest;
    while (mounts >> device >> directory >> type && std::getline(mounts, rest))
        if (type == wanted && rest.find(option) != std::string::npos)
            return directory;
    return {};
}

std::int64_t inode_of(const std::string &path) {
    struct stat status {};
    throw_unless(stat(path.c_str(), &status) == 0, path);
    return static_cast<std::int64_t>(status.st_ino);
}

} // namespace

std::string cgroup_root() {
    return mount_point("cgroup2");
}

std::string version1_root(std::string_view controller) {
    return mount_point("cgroup", "," + std::string(controller));
}

std::string memory_cgroup_root() {
    if (std::string version1 = version1_root("memory"); !version1.empty())
        return version1;
    const std::string root = cgroup_root();
    if (root.empty() || read_file(root + "/cgroup.controllers").find("memory") == std::string::npos)
        return {};
    write_file(root + "/cgroup.subtree_control", "+memory");
    return root;
}

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

void Cgroup::limit_memory(std::int64_t bytes) const {
    const bool version1 = access((path_ + "/memory.limit_in_bytes").c_str(), F_OK) == 0;
    write_file(path_ + (version1 ? "/memory.limit_in_bytes" : "/memory.max"),
               std::to_string(bytes));
}

} // namespace live
