#include "kernel/btf_types.h"

namespace tcptrail {

std::size_t btf_type_bytes(const btf_type &type) {
    const std::size_t parts = BTF_INFO_VLEN(type.info);
    switch (BTF_INFO_KIND(type.info)) {
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
        return sizeof(btf_type);
    case BTF_KIND_INT:
        return sizeof(btf_type) + sizeof(__u32);
    case BTF_KIND_ARRAY:
        return sizeof(btf_type) + sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        return sizeof(btf_type) + parts * sizeof(btf_member);
    case BTF_KIND_ENUM:
        return sizeof(btf_type) + parts * sizeof(btf_enum);
    case BTF_KIND_ENUM64:
        return sizeof(btf_type) + parts * sizeof(btf_enum64);
    case BTF_KIND_FUNC_PROTO:
        return sizeof(btf_type) + parts * sizeof(btf_param);
    case BTF_KIND_VAR:
        return sizeof(btf_type) + sizeof(btf_var);
    case BTF_KIND_DATASEC:
        return sizeof(btf_type) + parts * sizeof(btf_var_secinfo);
    case BTF_KIND_DECL_TAG:
        return sizeof(btf_type) + sizeof(btf_decl_tag);
    default:
        return 0;
    }
}

const btf_type *BtfTypes::find(std::uint32_t id) const {
    const std::size_t mark = (id - 1) / marked_every;
    if (id == 0 || mark >= marks_.size())
        return nullptr;
    std::size_t offset = marks_[mark];
    for (std::uint32_t left = (id - 1) % marked_every; left > 0; left--)
        offset += bytes_at(offset);
    return bytes_at(offset) != 0 ? &at(offset) : nullptr;
}

} // namespace tcptrail
