// A hash table for items that live elsewhere and go by a number: neither a copy of the key nor a
// node of its own for an item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcptrail {

class Chains {
  public:
    using Number = std::uint32_t;
    static constexpr Number none = UINT32_MAX;

    // The item is not in yet. Several may have one hash, and one key.
    void insert(Number item, std::size_t hash);
    // False: it was not in.
    bool erase(Number item);

    // All items that may have the key with this hash, in no order; whether they do the caller
    // knows. `none`: no more.
    [[nodiscard]] Number first(std::size_t hash) const;
    [[nodiscard]] Number next(Number item) const;

    [[nodiscard]] bool empty() const { return size_ == 0; }

  private:
    struct Link {
        std::uint32_t hash = 0;
        Number next = none;
    };

    [[nodiscard]] Number skip(Number item, std::uint32_t hash) const;
    [[nodiscard]] Number &head(std::uint32_t hash) { return heads_[hash & (heads_.size() - 1)]; }
    void grow();

    std::vector<Number> heads_; // a power of two, or none
    std::vector<Link> links_;   // by item
    std::size_t size_ = 0;
};

} // namespace tcptrail
