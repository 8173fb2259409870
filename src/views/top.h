// The top view: one line per connection that moved bytes in an interval.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "views/tables.h"

namespace tcptrail {

class TopView final : public Tables<Event> {
  public:
    TopView(const Options &options, Formatter<Event> formatter, Sink &sink);

    void show(const Event &event) override;
    void walked(bool spilled) override;
    void report(const Report &report) override;
    [[nodiscard]] std::optional<std::chrono::milliseconds> interval() const override;

  private:
    [[nodiscard]] Summary summary(const Moved &moved, std::chrono::nanoseconds time) const;
    [[nodiscard]] std::string_view alarm(const Event &row) const override;
    [[nodiscard]] Event &new_row();
    [[nodiscard]] std::vector<Event *> merged_rows() const; // with nullptr for what was merged

    // What a connection had moved by the last event of it.
    struct Known {
        Moved moved;
        unsigned missing = 0; // in so many walks, one after the other
    };

    std::optional<std::chrono::milliseconds> interval_;
    bool idle_;
    std::unordered_map<std::uint64_t, Known> known_; // by id, of what is open and was told
    // Of this interval. In chunks, which are kept: a vector that grows takes twice the memory.
    static constexpr std::size_t chunk_size = 256;
    using Chunk = std::array<Event, chunk_size>;
    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::size_t count_ = 0;    // of rows in them
    std::uint64_t opened_ = 0; // of connections in this interval
    std::uint64_t closed_ = 0;
};

} // namespace tcptrail
