// What the running kernel says of its types: read once, in pieces, and only what is asked for
// is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/btf_names.h"

namespace tcptrail {

struct KernelBtf {
    // Of the wanted symbols the functions, and the typedefs by which tracepoints are known, with
    // the ids by which programs attach to them.
    std::map<std::string, std::uint32_t, std::less<>> targets;
    NameSet structs;              // of the wanted symbols
    std::vector<std::byte> types; // a BTF of the wanted types, for CO-RE
};

// None: this kernel does not tell.
[[nodiscard]] std::optional<KernelBtf> read_kernel_btf(const WantedNames &wanted);

} // namespace tcptrail
