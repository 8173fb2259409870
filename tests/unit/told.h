// Connections and everything that they told.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "flow/connections.h"
#include "samples.h"

namespace tcptrail {

inline const Owner curl = process(10, "curl", 1000);
inline const Owner nginx = process(20, "nginx", 33);
inline const Owner worker = process(21, "worker", 33);

inline constexpr KernelTime start = std::chrono::seconds(100);
inline constexpr std::chrono::nanoseconds wall = std::chrono::seconds(1'700'000'000);

inline WallTime at(KernelTime time) {
    return WallTime(time + wall);
}

class Told {
  public:
    explicit Told(OwnerFilter filter = {})
        : connections_(std::move(filter), [this](const Event &event) { all.push_back(event); }) {}
    Told(const Told &) = delete;
    Told &operator=(const Told &) = delete;

    Told &operator<<(const Record &record) {
        connections_.take(record, wall);
        return *this;
    }
    void expire(KernelTime now) { connections_.expire(now, wall); }
    void end() { connections_.expire(start, wall, true); }
    [[nodiscard]] bool waiting() const { return connections_.waiting(); }
    [[nodiscard]] std::size_t open() const { return connections_.open(); }

    std::vector<Event> all;

  private:
    Connections connections_;
};

inline OwnerFilter only(const char *comm) {
    return {.pids = {}, .comms = {{comm, false}}, .uids = {}};
}

inline OwnerFilter without(const char *comm) {
    return {.pids = {}, .comms = {{comm, true}}, .uids = {}};
}

inline OwnerRecord served_by(SocketKey name, const Owner &owner) {
    return {.key = name, .owner = owner};
}

} // namespace tcptrail
