#include "kernel/btf.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "kernel/btf_subset.h"
#include "kernel/btf_types.h"

namespace tcptrail {
namespace {

class File {
  public:
    explicit File(const char *path) : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}
    ~File() {
        if (fd_ >= 0)
            close(fd_);
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    // As much as there is, at most; sysfs hands over a page at a time.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
        const ssize_t length = pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
        return length > 0 ? static_cast<std::size_t>(length) : 0;
    }

    [[nodiscard]] bool fill_at(std::uint64_t offset, std::span<std::byte> buffer) const {
        std::size_t filled = 0;
        while (filled < buffer.size()) {
            const std::size_t length = read_at(offset + filled, buffer.subspan(filled));
            if (length == 0)
                return false;
            filled += length;
        }
        return true;
    }

  private:
    int fd_;
};

// Strings are only looked at as they come by: a third of the whole need not be in memory.
bool read_names(const File &file, const btf_header &header, BtfNames &names) {
    std::array<std::byte, 16384> buffer{};
    const std::uint64_t start = header.hdr_len + header.str_off;
    std::uint32_t offset = 0; // of the buffer's begin
    std::size_t held = 0;
    while (offset + held < header.str_len) {
        const std::size_t wanted =
            std::min<std::size_t>(buffer.size() - held, header.str_len - offset - held);
        const std::size_t length =
            file.read_at(start + offset + held, std::span(buffer).subspan(held, wanted));
        if (length == 0)
            return false;
        held += length;
        const auto *text = reinterpret_cast<const char *>(buffer.data());
        std::size_t used = 0;
        while (const void *end = std::memchr(text + used, '\0', held - used)) {
            const std::string_view string(text + used, static_cast<const char *>(end));
            names.add(offset + static_cast<std::uint32_t>(used), string);
            used += string.size() + 1;
        }
        std::memmove(buffer.data(), buffer.data() + used, held - used);
        offset += static_cast<std::uint32_t>(used);
        held -= used;
    }
    return true;
}

} // namespace

std::optional<KernelBtf> read_kernel_btf(const WantedNames &wanted) {
    const File file("/sys/kernel/btf/vmlinux");
    btf_header header{};
    if (!file.fill_at(0, std::as_writable_bytes(std::span(&header, 1))) ||
        header.magic != BTF_MAGIC)
        return std::nullopt;
    BtfNames names(wanted, header.str_len);
    const auto memory = std::make_unique_for_overwrite<std::byte[]>(header.type_len);
    const std::span section(memory.get(), header.type_len);
    if (!read_names(file, header, names) ||
        !file.fill_at(header.hdr_len + header.type_off, section))
        return std::nullopt;

    KernelBtf btf;
    BtfTypes types(section);
    std::vector<std::uint32_t> roots;
    types.for_each([&](std::uint32_t id, const btf_type &type) {
        const std::string *name = names.find(type.name_off);
        if (name == nullptr)
            return;
        switch (BTF_INFO_KIND(type.info)) {
        case BTF_KIND_FUNC:
        case BTF_KIND_TYPEDEF:
            if (wanted.symbols.contains(*name))
                btf.targets.try_emplace(*name, id);
            break;
        case BTF_KIND_STRUCT:
            if (wanted.symbols.contains(*name))
                btf.structs.insert(*name);
            [[fallthrough]];
        case BTF_KIND_UNION:
        case BTF_KIND_ENUM:
        case BTF_KIND_ENUM64:
            if (wanted.types.contains(*name))
                roots.push_back(id);
            break;
        default:
            break;
        }
    });
    btf.types = btf_subset(types, names, roots);
    return btf;
}

} // namespace tcptrail
