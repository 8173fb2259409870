// A cgroup's path -> the id that the kernel knows it by.
#pragma once

#include <cstdint>
#include <string>

#include "failure.h"

namespace tcptrail {

// The id of a cgroup v2 directory, given as its path in the file system or, as systemd shows it,
// from the root of the hierarchy.
[[nodiscard]] Result<std::uint64_t> cgroup_id(const std::string &path);

} // namespace tcptrail
