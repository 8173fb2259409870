#include "types.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace drift {

Types::Types(const std::string &path) : btf_(btf__parse(path.c_str(), nullptr), &btf__free) {
    if (!btf_) {
        std::cerr << "kernel-drift: no BTF in " << path << "\n";
        std::exit(2);
    }
    for (std::uint32_t id = 1; id < btf__type_cnt(btf_.get()); ++id)
        if (const std::string of_type = name(id); !of_type.empty())
            by_name_[of_type].push_back(id);
}

const btf_type &Types::type(std::uint32_t id) const {
    return *btf__type_by_id(btf_.get(), id);
}

std::string Types::name(std::uint32_t id) const {
    return btf__name_by_offset(btf_.get(), type(id).name_off);
}

std::uint32_t Types::resolved(std::uint32_t id) const {
    while (btf_is_mod(&type(id)) || btf_is_typedef(&type(id)))
        id = type(id).type;
    return id;
}

std::uint32_t Types::element(std::uint32_t id) const {
    while (btf_is_array(&type(id)))
        id = resolved(btf_array(&type(id))->type);
    return id;
}

std::span<const std::uint32_t> Types::named(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::span<const std::uint32_t>{} : found->second;
}

bool Types::has(std::string_view name, bool (*is_kind)(const btf_type *)) const {
    const auto ids = named(name);
    return std::any_of(ids.begin(), ids.end(), [&](auto id) { return is_kind(&type(id)); });
}

bool Types::has_enumerator(std::string_view enumeration, std::string_view name) const {
    const auto ids = named(enumeration);
    return std::any_of(ids.begin(), ids.end(), [&](auto id) {
        const btf_type &found = type(id);
        const std::span values(btf_enum(&found), btf_is_enum(&found) ? btf_vlen(&found) : 0);
        return std::any_of(values.begin(), values.end(), [&](const auto &value) {
            return name == btf__name_by_offset(btf_.get(), value.name_off);
        });
    });
}

std::optional<Field> Types::find(std::string_view type_name,
                                 std::span<const std::string> path) const {
    for (const std::uint32_t id : named(type_name)) {
        const std::uint32_t root = resolved(id);
        if (!btf_is_composite(&type(root)))
            continue;
        if (const auto found = find_in(root, path))
            return found;
    }
    return std::nullopt;
}

std::optional<Field> Types::find_in(std::uint32_t id, std::span<const std::string> path) const {
    Field field{id, 0};
    for (const std::string &step : path) {
        const auto next = member(field.type, step);
        if (!next)
            return std::nullopt;
        field = {next->type, field.bit_offset + next->bit_offset};
    }
    return field;
}

// Of an array its elements: an access names one of them.
std::optional<Field> Types::member(std::uint32_t id, std::string_view name) const {
    id = element(id);
    if (!btf_is_composite(&type(id)))
        return std::nullopt;
    const btf_type &composite = type(id);
    for (std::uint32_t i = 0; i < btf_vlen(&composite); ++i) {
        const btf_member &here = btf_members(&composite)[i];
        const std::uint32_t offset = btf_member_bit_offset(&composite, i);
        const std::string_view its_name = btf__name_by_offset(btf_.get(), here.name_off);
        if (its_name == name)
            return Field{resolved(here.type), offset};
        if (!its_name.empty())
            continue;
        if (const auto inner = member(resolved(here.type), name))
            return Field{inner->type, offset + inner->bit_offset};
    }
    return std::nullopt;
}

} // namespace drift
