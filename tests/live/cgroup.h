// Control groups (version 2) of the tests' own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace live {

// Where cgroup2 is mounted; empty if it is not.
std::string cgroup_root();

// Where the hierarchy of version 1 with this controller is mounted; empty if it is not.
std::string version1_root(std::string_view controller);

// Where groups are made whose memory can be limited, of either version; empty if nowhere.
std::string memory_cgroup_root();

// The id of the group that this process, and so its actors, are in.
std::int64_t own_cgroup_id();

// A new group below `parent`; removed, with its processes gone by then, when this goes out of
// scope.
class Cgroup {
  public:
    explicit Cgroup(const std::string &name, const std::string &parent = cgroup_root());
    Cgroup(const Cgroup &) = delete;
    Cgroup &operator=(const Cgroup &) = delete;
    ~Cgroup();

    const std::string &path() const { return path_; }
    std::int64_t id() const;
    void limit_memory(std::int64_t bytes) const; // of a group below memory_cgroup_root()

  private:
    std::string path_;
};

} // namespace live
