// A process's name.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tcptrail {

// Any bytes, as many as the kernel keeps; what is longer is cut. A plain value: events are copied
// often, and whoever writes one knows how much room it takes.
class Comm {
  public:
    static constexpr std::size_t limit = 15; // TASK_COMM_LEN without its NUL

    Comm() = default;
    template <std::convertible_to<std::string_view> Text> Comm(const Text &text) {
        const std::string_view name = std::string_view(text).substr(0, limit);
        std::copy(name.begin(), name.end(), bytes_.begin());
        size_ = static_cast<std::uint8_t>(name.size());
    }

    // As in task_struct: what is behind its NUL is of longer names that were there before. In
    // words, of fixed sizes: each record has a name, and a copy of unknown size is a call.
    static Comm of_kernel(const char (&bytes)[limit + 1]) {
        static constexpr auto kept = [] {
            std::array<std::array<std::uint8_t, limit + 1>, limit + 1> masks{};
            for (std::size_t size = 0; size < masks.size(); ++size)
                std::fill_n(masks[size].begin(), size, 0xff);
            return masks;
        }();
        std::array<std::uint64_t, 2> words;
        std::array<std::uint64_t, 2> mask;
        Comm comm;
        comm.size_ = static_cast<std::uint8_t>(strnlen(bytes, limit));
        std::memcpy(words.data(), bytes, sizeof(words));
        std::memcpy(mask.data(), kept[comm.size_].data(), sizeof(mask));
        words[0] &= mask[0];
        words[1] &= mask[1];
        std::memcpy(comm.bytes_.data(), words.data(), sizeof(words));
        return comm;
    }

    operator std::string_view() const { return {bytes_.data(), size_}; }
    [[nodiscard]] const char *c_str() const { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] bool is_ascii() const {
        std::array<std::uint64_t, 2> words{};
        static_assert(sizeof(words) == sizeof(bytes_));
        std::memcpy(words.data(), bytes_.data(), sizeof(words));
        return ((words[0] | words[1]) & 0x8080808080808080) == 0;
    }

    bool operator==(const Comm &) const = default;
    template <std::convertible_to<std::string_view> Text> bool operator==(const Text &text) const {
        return std::string_view(*this) == std::string_view(text);
    }
    bool operator<(const Comm &other) const {
        return std::string_view(*this) < std::string_view(other);
    }

  private:
    std::array<char, limit + 1> bytes_{}; // what is behind the name is NUL
    std::uint8_t size_ = 0;
};

} // namespace tcptrail
