#include "kernel/btf_subset.h"

#include <cstring>
#include <map>
#include <string>

namespace tcptrail {
namespace {

class Subset {
  public:
    Subset(const BtfTypes &types, const BtfNames &names) : types_(types), names_(names) {}

    std::vector<std::byte> make(const std::vector<std::uint32_t> &roots) {
        for (const std::uint32_t root : roots)
            number_of(root);
        for (std::size_t written = 0; written < order_.size();) // it grows meanwhile
            write(*order_[written++]);
        return joined();
    }

  private:
    // Typedefs and qualifiers make no difference to CO-RE. Null: void.
    const btf_type *without_modifiers(std::uint32_t &id) const {
        for (const btf_type *type = types_.find(id);; type = types_.find(id)) {
            switch (type != nullptr ? BTF_INFO_KIND(type->info) : 0U) {
            case BTF_KIND_TYPEDEF:
            case BTF_KIND_VOLATILE:
            case BTF_KIND_CONST:
            case BTF_KIND_RESTRICT:
            case BTF_KIND_TYPE_TAG:
                id = type->type;
                break;
            default:
                return type;
            }
        }
    }

    // The type's id in the subset.
    std::uint32_t number_of(std::uint32_t id) {
        const btf_type *type = without_modifiers(id);
        if (type == nullptr)
            return 0;
        const auto [number, is_new] =
            numbers_.try_emplace(id, static_cast<std::uint32_t>(order_.size()) + 1);
        if (is_new)
            order_.push_back(type);
        return number->second;
    }

    std::uint32_t name(std::uint32_t offset) {
        const std::string *name = names_.find(offset);
        if (name == nullptr)
            return 0;
        const auto [place, is_new] =
            strings_.try_emplace(name, static_cast<std::uint32_t>(text_.size()));
        if (is_new)
            text_.append(*name).push_back('\0');
        return place->second;
    }

    template <typename T> void put(const T &value) {
        const auto *bytes = reinterpret_cast<const std::byte *>(&value);
        section_.insert(section_.end(), bytes, bytes + sizeof(value));
    }

    // A type's head; true of `kept` says which of its parts follow.
    template <typename T, typename Kept>
    std::vector<T> put_head(const btf_type &type, const Kept &kept) {
        std::vector<T> parts;
        for (T part : btf_parts<T>(type)) {
            if (!kept(part))
                continue;
            part.name_off = name(part.name_off);
            parts.push_back(part);
        }
        btf_type head = type;
        head.name_off = name(type.name_off);
        head.info = (type.info & ~BTF_MAX_VLEN) | static_cast<__u32>(parts.size());
        put(head);
        return parts;
    }

    void write_struct(const btf_type &type) {
        const auto kept = [&](const btf_member &member) {
            return member.name_off == 0 || names_.find(member.name_off) != nullptr;
        };
        for (btf_member member : put_head<btf_member>(type, kept)) {
            member.type = number_of(member.type);
            put(member);
        }
    }

    template <typename T> void write_enum(const btf_type &type) {
        const auto kept = [&](const T &value) { return names_.find(value.name_off) != nullptr; };
        for (const T &value : put_head<T>(type, kept))
            put(value);
    }

    void write_array(const btf_type &type) {
        auto array = *reinterpret_cast<const btf_array *>(&type + 1);
        array.type = number_of(array.type);
        array.index_type = number_of(array.index_type);
        put(type);
        put(array);
    }

    void write_as_is(const btf_type &type) {
        btf_type head = type;
        head.name_off = name(type.name_off);
        put(head);
        const auto *bytes = reinterpret_cast<const std::byte *>(&type);
        section_.insert(section_.end(), bytes + sizeof(type), bytes + btf_type_bytes(type));
    }

    void write(const btf_type &type) {
        switch (BTF_INFO_KIND(type.info)) {
        case BTF_KIND_STRUCT:
        case BTF_KIND_UNION:
            return write_struct(type);
        case BTF_KIND_ENUM:
            return write_enum<btf_enum>(type);
        case BTF_KIND_ENUM64:
            return write_enum<btf_enum64>(type);
        case BTF_KIND_ARRAY:
            return write_array(type);
        case BTF_KIND_INT:
        case BTF_KIND_FLOAT:
            return write_as_is(type);
        default: // what is not held, but pointed to
            return put(btf_type{.name_off = 0, .info = BTF_KIND_PTR << 24U, .type = 0});
        }
    }

    [[nodiscard]] std::vector<std::byte> joined() const {
        const auto types = static_cast<__u32>(section_.size());
        const btf_header header{.magic = BTF_MAGIC,
                                .version = BTF_VERSION,
                                .flags = 0,
                                .hdr_len = sizeof(btf_header),
                                .type_off = 0,
                                .type_len = types,
                                .str_off = types,
                                .str_len = static_cast<__u32>(text_.size())};
        std::vector<std::byte> all(sizeof(header) + section_.size() + text_.size());
        std::memcpy(all.data(), &header, sizeof(header));
        std::memcpy(all.data() + sizeof(header), section_.data(), section_.size());
        std::memcpy(all.data() + sizeof(header) + section_.size(), text_.data(), text_.size());
        return all;
    }

    const BtfTypes &types_;
    const BtfNames &names_;
    std::map<std::uint32_t, std::uint32_t> numbers_; // old id -> new
    std::vector<const btf_type *> order_;            // of the new ids, from 1
    std::map<const std::string *, std::uint32_t> strings_;
    std::string text_ = std::string(1, '\0');
    std::vector<std::byte> section_;
};

} // namespace

std::vector<std::byte> btf_subset(const BtfTypes &types, const BtfNames &names,
                                  const std::vector<std::uint32_t> &roots) {
    return Subset(types, names).make(roots);
}

} // namespace tcptrail
