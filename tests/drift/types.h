// Types by their names: a kernel's BTF, or an object's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <bpf/btf.h>

namespace drift {

struct Field {
    std::uint32_t type = 0; // without modifiers and typedefs
    std::uint32_t bit_offset = 0;
};

class Types {
  public:
    // A file of raw BTF, or an object with a section of it; ends the program if it is neither.
    explicit Types(const std::string &path);

    [[nodiscard]] const btf *get() const { return btf_.get(); }
    [[nodiscard]] const btf_type &type(std::uint32_t id) const;
    [[nodiscard]] std::string name(std::uint32_t id) const;
    [[nodiscard]] std::uint32_t resolved(std::uint32_t id) const;
    [[nodiscard]] std::uint32_t element(std::uint32_t id) const; // of an array, or the type itself

    // Whether a type of this kind has this name.
    [[nodiscard]] bool has(std::string_view name, bool (*is_kind)(const btf_type *)) const;

    // Of an enumeration of that name.
    [[nodiscard]] bool has_enumerator(std::string_view enumeration, std::string_view name) const;

    // The field of any struct or union of this name, in unnamed members too.
    [[nodiscard]] std::optional<Field> find(std::string_view type,
                                            std::span<const std::string> path) const;

  private:
    [[nodiscard]] std::span<const std::uint32_t> named(std::string_view name) const;
    [[nodiscard]] std::optional<Field> find_in(std::uint32_t id,
                                               std::span<const std::string> path) const;
    [[nodiscard]] std::optional<Field> member(std::uint32_t id, std::string_view name) const;

    std::unique_ptr<btf, decltype(&btf__free)> btf_;
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> by_name_;
};

inline bool is_func(const btf_type *type) {
    return btf_is_func(type);
}
inline bool is_typedef(const btf_type *type) {
    return btf_is_typedef(type);
}
inline bool is_composite(const btf_type *type) {
    return btf_is_composite(type);
}

} // namespace drift
