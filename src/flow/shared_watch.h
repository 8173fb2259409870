// Sockets that several processes hold and nobody was seen to serve: while there are any, the
// hooks that see who moves bytes are worth their cost.
#pragma once

#include <unordered_map>
#include <variant>

#include "flow/record.h"

namespace tcptrail {

class SharedWatch {
  public:
    // A socket is watched for so long; who serves it shows at the latest when it closes.
    static constexpr std::chrono::seconds patience{5};
    // A server that forks for each connection would attach and detach for each.
    static constexpr std::chrono::seconds linger{1};

    void take(const Record &record, KernelTime now) {
        if (!since_.empty() || std::holds_alternative<SharedRecord>(record)) // hardly ever
            note(record, now);
    }

    // Whether the hooks should be attached now.
    [[nodiscard]] bool wanted(KernelTime now);

  private:
    void note(const Record &record, KernelTime now);
    void settle(const SocketKey &key, KernelTime now);

    std::unordered_map<std::uint64_t, KernelTime> since_; // by sock
    KernelTime settled_ = KernelTime::min() / 2;
};

} // namespace tcptrail
