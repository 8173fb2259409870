// A small BTF out of a large one, for libbpf's CO-RE: it goes through all types for each that the
// programs name, which in a kernel's BTF takes most of the time of a start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/btf_names.h"
#include "kernel/btf_types.h"

namespace tcptrail {

// The types with these ids, what their members are made of, and of these members the ones with a
// wanted name or none. Types keep their sizes, members their offsets; pointers lead to void.
[[nodiscard]] std::vector<std::byte> btf_subset(const BtfTypes &types, const BtfNames &names,
                                                const std::vector<std::uint32_t> &roots);

} // namespace tcptrail
