#include "kernel/cgroup.h"

#include <linux/magic.h>
#include <mntent.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdio>
#include <memory>
#include <optional>

namespace tcptrail {
namespace {

// kernfs: the inode number of a cgroup's directory is its id on 64-bit machines.
std::optional<std::uint64_t> id_of(const std::string &path) {
    struct statfs fs {};
    struct stat dir {};
    if (statfs(path.c_str(), &fs) != 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
        return std::nullopt;
    if (stat(path.c_str(), &dir) != 0 || !S_ISDIR(dir.st_mode))
        return std::nullopt;
    return dir.st_ino;
}

struct EndMounts {
    void operator()(FILE *mounts) const { endmntent(mounts); }
};

std::string hierarchy_root() {
    const std::unique_ptr<FILE, EndMounts> mounts(setmntent("/proc/self/mounts", "re"));
    mntent entry{};
    char text[4096];
    while (mounts && getmntent_r(mounts.get(), &entry, text, sizeof(text)) != nullptr) {
        if (std::string_view(entry.mnt_type) == "cgroup2")
            return entry.mnt_dir;
    }
    return "";
}

} // namespace

Result<std::uint64_t> cgroup_id(const std::string &path) {
    if (const auto id = id_of(path))
        return *id;
    const std::string root = hierarchy_root();
    if (root.empty())
        return Failure{"--cgroup: no cgroup v2 hierarchy is mounted here"};
    if (const auto id = id_of(root + "/" + path))
        return *id;
    return Failure{"--cgroup: '" + path +
                   "' is no cgroup v2 directory, neither by itself nor below " + root};
}

} // namespace tcptrail
