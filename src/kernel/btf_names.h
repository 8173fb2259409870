// The names that are looked for in a BTF, and where its strings have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcptrail {

using NameSet = std::set<std::string, std::less<>>;

struct WantedNames {
    NameSet symbols; // functions, tracepoints and structs that are to be there
    NameSet types;   // structs, unions and enums that programs read
    NameSet fields;  // members and values of these
};

// Which string at which offset is wanted. A kernel has 100,000 strings; looking at one that is not
// wanted costs next to nothing.
class BtfNames {
  public:
    BtfNames(const WantedNames &wanted, std::size_t section_bytes);

    // The next string of the section: offsets rise.
    void add(std::uint32_t offset, std::string_view string) {
        if (!string.empty() && shapes_[shape_of(string)] != 0)
            add_if_wanted(offset, string);
    }

    // Null: not wanted.
    [[nodiscard]] const std::string *find(std::uint32_t offset) const {
        return offset < offsets_.size() && offsets_[offset] ? &name_at(offset) : nullptr;
    }

  private:
    void add_if_wanted(std::uint32_t offset, std::string_view string);
    [[nodiscard]] const std::string &name_at(std::uint32_t offset) const;

    static constexpr std::size_t shape_count = 65536;

    // What is quick to tell of a string, and mostly its own.
    static std::size_t shape_of(std::string_view string) {
        const std::size_t first = static_cast<unsigned char>(string.front());
        const std::size_t last = static_cast<unsigned char>(string.back());
        return (string.size() * 2053 + first * 257 + last * 33) % shape_count;
    }

    NameSet wanted_;
    std::vector<char> shapes_;  // 1: a wanted name has it
    std::vector<bool> offsets_; // those where a wanted name is
    std::vector<std::pair<std::uint32_t, const std::string *>> found_;
};

} // namespace tcptrail
