// The type section of a BTF, walked where it lies: no index, no copy, unlike libbpf's, which is
// made to look up everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <linux/btf.h>

namespace tcptrail {

// Bytes that a type takes with its members, values or parameters. 0: of a kind not known here.
[[nodiscard]] std::size_t btf_type_bytes(const btf_type &type);

// The members of a struct or union, the values of an enum, the array of an array.
template <typename T> [[nodiscard]] std::span<const T> btf_parts(const btf_type &type) {
    return {reinterpret_cast<const T *>(&type + 1), BTF_INFO_VLEN(type.info)};
}

class BtfTypes {
  public:
    // The section must outlive it.
    explicit BtfTypes(std::span<const std::byte> section) : section_(section) {}

    // visit(id, type) for each, in the order of their ids.
    template <typename Visit> void for_each(Visit visit) {
        marks_.clear();
        std::uint32_t id = 1;
        std::size_t offset = 0;
        for (std::size_t bytes = bytes_at(offset); bytes != 0; bytes = bytes_at(offset)) {
            if (id % marked_every == 1)
                marks_.push_back(offset);
            visit(id++, at(offset));
            offset += bytes;
        }
    }

    // Of the types that for_each() came by; null: none has this id.
    [[nodiscard]] const btf_type *find(std::uint32_t id) const;

  private:
    static constexpr std::uint32_t marked_every = 32;

    [[nodiscard]] const btf_type &at(std::size_t offset) const {
        return *reinterpret_cast<const btf_type *>(section_.data() + offset);
    }

    // Of the type there. 0: the section ends here, or goes on with something unknown.
    [[nodiscard]] std::size_t bytes_at(std::size_t offset) const {
        if (offset + sizeof(btf_type) > section_.size())
            return 0;
        const std::size_t bytes = btf_type_bytes(at(offset));
        return offset + bytes <= section_.size() ? bytes : 0;
    }

    std::span<const std::byte> section_;
    std::vector<std::size_t> marks_; // where the types 1, 33, 65, ... are
};

} // namespace tcptrail
