#include "kernel/btf_subset.h"

#include <cstring>
#include <memory>
#include <string>

#include <bpf/btf.h>

#include "catch.h"

namespace tcptrail {
namespace {

struct FreeBtf {
    void operator()(btf *types) const { btf__free(types); }
};
using Btf = std::unique_ptr<btf, FreeBtf>;

// typedef unsigned int u32;
// struct inner { u32 skipped; u32 kept; };
// struct outer { void *link; struct inner first; union { u32 other; u32 hidden; }; const u32
// list[4]; };
Btf kernel() {
    Btf types(btf__new_empty());
    const int integer = btf__add_int(types.get(), "unsigned int", 4, 0);
    const int u32 = btf__add_typedef(types.get(), "u32", integer);
    const int pointer = btf__add_ptr(types.get(), 0);
    const int inner = btf__add_struct(types.get(), "inner", 8);
    btf__add_field(types.get(), "skipped", u32, 0, 0);
    btf__add_field(types.get(), "kept", u32, 32, 0);
    const int choice = btf__add_union(types.get(), nullptr, 4);
    btf__add_field(types.get(), "other", u32, 0, 0);
    btf__add_field(types.get(), "hidden", u32, 0, 0);
    const int fixed = btf__add_const(types.get(), u32);
    const int list = btf__add_array(types.get(), integer, fixed, 4);
    btf__add_struct(types.get(), "outer", 40);
    btf__add_field(types.get(), "link", pointer, 0, 0);
    btf__add_field(types.get(), "first", inner, 64, 0);
    btf__add_field(types.get(), nullptr, choice, 128, 0);
    btf__add_field(types.get(), "list", list, 160, 0);
    return types;
}

// What is left of it for programs that read these fields of outer.
Btf reduced(const NameSet &fields) {
    const Btf types = kernel();
    __u32 size = 0;
    const auto *raw = static_cast<const std::byte *>(btf__raw_data(types.get(), &size));
    btf_header header{};
    std::memcpy(&header, raw, sizeof(header));
    const std::byte *body = raw + header.hdr_len;
    BtfNames names({.symbols = {}, .types = {"outer"}, .fields = fields}, header.str_len);
    const auto *strings = reinterpret_cast<const char *>(body + header.str_off);
    for (__u32 offset = 0; offset < header.str_len;
         offset += static_cast<__u32>(std::strlen(strings + offset)) + 1)
        names.add(offset, strings + offset);
    BtfTypes section({body + header.type_off, header.type_len});
    std::vector<std::uint32_t> roots;
    section.for_each([&](std::uint32_t id, const btf_type &type) {
        const std::string *name = names.find(type.name_off);
        if (name != nullptr && *name == "outer")
            roots.push_back(id);
    });
    const auto subset = btf_subset(section, names, roots);
    return Btf(btf__new(subset.data(), static_cast<__u32>(subset.size())));
}

// "link@0 first@64": the members of a struct, anonymous ones as "-".
std::string members(const btf *types, const btf_type *type) {
    std::string text;
    for (__u32 i = 0; i < btf_vlen(type); i++) {
        const std::string name = btf__name_by_offset(types, btf_members(type)[i].name_off);
        text += (i != 0 ? " " : "") + (name.empty() ? "-" : name) + "@" +
                std::to_string(btf_member_bit_offset(type, i));
    }
    return text;
}

const btf_type *named(const btf *types, const char *name) {
    const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
    return id > 0 ? btf__type_by_id(types, static_cast<__u32>(id)) : nullptr;
}

TEST_CASE("a subset keeps the wanted members, where they are") {
    const Btf types = reduced({"first", "kept"});
    REQUIRE(types);
    const btf_type *outer = named(types.get(), "outer");
    REQUIRE(outer != nullptr);
    CHECK(outer->size == 40);
    CHECK(members(types.get(), outer) == "first@64 -@128");
}

TEST_CASE("a subset follows what a member holds, by its size and wanted members") {
    const Btf types = reduced({"first", "kept"});
    const btf_member *first = btf_members(named(types.get(), "outer"));
    const btf_type *inner = btf__type_by_id(types.get(), first->type);
    CHECK(inner->size == 8);
    CHECK(members(types.get(), inner) == "kept@32");
}

TEST_CASE("a subset looks into anonymous unions") {
    const Btf types = reduced({"other"});
    const btf_member *choice = btf_members(named(types.get(), "outer"));
    CHECK(members(types.get(), btf__type_by_id(types.get(), choice->type)) == "other@0");
}

TEST_CASE("a subset knows the size of an array and of a pointer") {
    const Btf types = reduced({"link", "list"});
    const btf_type *outer = named(types.get(), "outer");
    REQUIRE(members(types.get(), outer) == "link@0 -@128 list@160");
    CHECK(btf_is_ptr(btf__type_by_id(types.get(), btf_members(outer)[0].type)));
    CHECK(btf__resolve_size(types.get(), btf_members(outer)[2].type) == 16);
}

} // namespace
} // namespace tcptrail
