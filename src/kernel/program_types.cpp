#include "kernel/program_types.h"

#include <elf.h>

#include <cstddef>
#include <span>
#include <string_view>

#include <bpf/bpf.h>

#include "kernel/btf_types.h"
#include "kernel/skeleton.h"

namespace tcptrail {
namespace {

// Of an ELF file that this binary holds and its compiler wrote.
std::span<const std::byte> section(std::span<const std::byte> elf, std::string_view name) {
    const auto at = [&](std::size_t offset) { return elf.data() + offset; };
    const auto &header = *reinterpret_cast<const Elf64_Ehdr *>(at(0));
    const std::span sections(reinterpret_cast<const Elf64_Shdr *>(at(header.e_shoff)),
                             header.e_shnum);
    const std::size_t names = sections[header.e_shstrndx].sh_offset;
    for (const Elf64_Shdr &found : sections) {
        if (reinterpret_cast<const char *>(at(names + found.sh_name)) == name)
            return elf.subspan(found.sh_offset, found.sh_size);
    }
    return {};
}

// "cgroup___ids" is a flavour of cgroup.
std::string_view kernel_name(std::string_view name) {
    return name.substr(0, name.find("___"));
}

} // namespace

void add_program_types(WantedNames &wanted) {
    std::size_t size = 0;
    const auto *elf = static_cast<const std::byte *>(tcptrail_bpf__elf_bytes(&size));
    const auto btf = section({elf, size}, ".BTF");
    const auto &header = *reinterpret_cast<const btf_header *>(btf.data());
    const auto body = btf.subspan(header.hdr_len);
    const auto *strings = reinterpret_cast<const char *>(body.data() + header.str_off);
    const auto add = [&](NameSet &names, std::uint32_t offset) {
        if (offset != 0)
            names.emplace(kernel_name(strings + offset));
    };
    BtfTypes(body.subspan(header.type_off, header.type_len))
        .for_each([&](std::uint32_t, const btf_type &type) {
            const auto kind = BTF_INFO_KIND(type.info);
            if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ENUM)
                return;
            add(wanted.types, type.name_off);
            if (kind == BTF_KIND_ENUM) {
                for (const auto &value : btf_parts<btf_enum>(type))
                    add(wanted.fields, value.name_off);
            } else {
                for (const auto &member : btf_parts<btf_member>(type))
                    add(wanted.fields, member.name_off);
            }
        });
}

} // namespace tcptrail
