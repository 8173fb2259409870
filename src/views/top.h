// The top view: one line per connection that moved bytes in an interval.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "views/tables.h"

namespace tcptrail {

class TopView final : public Tables<Event> {
  public:
    TopView(const Options &options, Formatter<Event> formatter, Sink &sink);

    void show(const Event &event) override;
    void walked() override;
    void report(const Report &report) override;
    [[nodiscard]] std::optional<std::chrono::milliseconds> interval() const override;

  private:
    void merge_rows();

    // What a connection had moved by the last event of it.
    struct Known {
        Moved moved;
        unsigned missing = 0; // in so many walks, one after the other
    };

    std::optional<std::chrono::milliseconds> interval_;
    bool idle_;
    std::unordered_map<std::uint64_t, Known> known_; // by id, of what is open and was told
    std::vector<Event> rows_;                        // of this interval
};

} // namespace tcptrail
