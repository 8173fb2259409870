// Control groups (version 2) of the tests' own.
#pragma once

#include <cstdint>
#include <string>

namespace live {

// Where cgroup2 is mounted; empty if it is not.
std::string cgroup_root();

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

  private:
    std::string path_;
};

} // namespace live
