#include "relocations.h"

#include <cstddef>
#include <cstring>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <libelf.h>
#include <unistd.h>

namespace drift {
namespace {

// include/uapi/linux/btf.h has no struct for it; Documentation/bpf/btf.rst tells it.
struct ExtHeader {
    std::uint16_t magic;
    std::uint8_t version, flags;
    std::uint32_t size;
    std::uint32_t funcs_at, funcs_size;
    std::uint32_t lines_at, lines_size;
    std::uint32_t relocations_at, relocations_size;
};

struct SectionHead {
    std::uint32_t name;
    std::uint32_t count;
};

template <typename T> T read(const std::byte *&at) {
    T value;
    std::memcpy(&value, at, sizeof(value));
    at += sizeof(value);
    return value;
}

// Without libbpf: 1.1 declares a function for it that it does not have.
std::vector<std::byte> section_of(const std::string &path, std::string_view name) {
    std::vector<std::byte> bytes;
    elf_version(EV_CURRENT);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    Elf *const elf = elf_begin(fd, ELF_C_READ, nullptr);
    std::size_t names = 0;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn *section = elf_nextscn(elf, nullptr); section != nullptr;
         section = elf_nextscn(elf, section)) {
        if (name != elf_strptr(elf, names, elf64_getshdr(section)->sh_name))
            continue;
        const Elf_Data *const data = elf_getdata(section, nullptr);
        const auto *const begin = static_cast<const std::byte *>(data->d_buf);
        bytes.assign(begin, begin + data->d_size);
    }
    elf_end(elf);
    close(fd);
    return bytes;
}

std::string without_flavour(const std::string &name) {
    return name.substr(0, name.find("___"));
}

bool is_of_field(bpf_core_relo_kind kind) {
    return kind <= BPF_CORE_FIELD_RSHIFT_U64;
}

// "0:1:2": an index into an array of the type, then of members and of elements.
void follow(const Types &types, std::uint32_t id, const char *access, Relocation &relocation) {
    std::istringstream stream(access);
    std::string index;
    std::getline(stream, index, ':');
    id = types.resolved(id);
    while (std::getline(stream, index, ':')) {
        const btf_type &type = types.type(id);
        if (btf_is_array(&type)) {
            id = types.resolved(btf_array(&type)->type);
            continue;
        }
        const btf_member &member = btf_members(&type)[std::stoul(index)];
        const std::string name = btf__name_by_offset(types.get(), member.name_off);
        if (!name.empty())
            relocation.path.push_back(name);
        id = types.resolved(member.type);
    }
    relocation.field_type = id;
}

bool is_of_enumerator(bpf_core_relo_kind kind) {
    return kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_ENUMVAL_VALUE;
}

// "12": an index into the values of the enumeration.
std::string enumerator(const Types &types, std::uint32_t id, const char *access) {
    return btf__name_by_offset(types.get(), btf_enum(&types.type(id))[std::stoul(access)].name_off);
}

Relocation described(const Types &types, const bpf_core_relo &raw) {
    Relocation relocation;
    relocation.kind = raw.kind;
    relocation.type = without_flavour(types.name(raw.type_id));
    const char *access = btf__name_by_offset(types.get(), raw.access_str_off);
    if (is_of_field(raw.kind))
        follow(types, raw.type_id, access, relocation);
    else if (is_of_enumerator(raw.kind))
        relocation.path.push_back(enumerator(types, raw.type_id, access));
    return relocation;
}

} // namespace

std::vector<Relocation> relocations_of(const std::string &path, const Types &types) {
    const std::vector<std::byte> ext = section_of(path, ".BTF.ext");
    const std::byte *at = ext.data();
    const auto header = read<ExtHeader>(at);
    at = ext.data() + header.size + header.relocations_at;
    const std::byte *const end = at + header.relocations_size;
    const auto record_size = read<std::uint32_t>(at);
    std::vector<Relocation> all;
    while (at < end) {
        const auto section = read<SectionHead>(at);
        for (std::uint32_t i = 0; i < section.count; ++i, at += record_size) {
            const std::byte *record = at;
            all.push_back(described(types, read<bpf_core_relo>(record)));
        }
    }
    return all;
}

} // namespace drift
