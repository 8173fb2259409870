// A cgroup's path -> the container or the systemd unit that it is of, as people name it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "flow/record.h"

namespace tcptrail {

// The path is the host's, from the root of the hierarchy on: "/system.slice/nginx.service". One
// without a / in front lacks what is above.
//
// A container goes before units: what systemd calls a unit inside of one is none of the host's. Of
// containers in containers it is the innermost. An id is cut to 12 digits, as docker ps shows it
// and docker logs takes it; a machine or LXC container goes by its name. Of units it is the
// innermost, too: that of a user's manager before the manager. Empty: none is known by its path.
[[nodiscard]] std::string unit_of(std::string_view path);

// The units of the cgroups that were told. Costs about 100 bytes for each cgroup with an owner.
class Units {
  public:
    void take(const CgroupRecord &record);

    [[nodiscard]] bool any() const { return !known_.empty(); }

    // Empty: none is known. The text lives as long as this.
    [[nodiscard]] std::string_view of(const Owner &owner) const;

  private:
    std::unordered_map<std::uint64_t, std::string> known_; // by path of CgroupRecord
};

} // namespace tcptrail
