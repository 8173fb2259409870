// Connects that began without their local port being known. Most get it with their next event;
// for one that hangs, the kernel side is asked.
#pragma once

#include <unordered_map>
#include <variant>
#include <vector>

#include "flow/record.h"

namespace tcptrail {

class SynWait {
  public:
    static constexpr std::chrono::milliseconds patience{80};

    void take(const Record &record) {
        if (!waiting_.empty() || std::holds_alternative<SynRecord>(record)) // hardly ever
            note(record);
    }

    // Those that waited long enough; each is returned once.
    [[nodiscard]] std::vector<SocketKey> overdue(KernelTime now);

    [[nodiscard]] bool empty() const { return waiting_.empty(); }

  private:
    void note(const Record &record);

    std::unordered_map<std::uint64_t, SocketKey> waiting_; // by sock
};

} // namespace tcptrail
