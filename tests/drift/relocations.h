// What a compiled BPF object leaves to the loader to find in the running kernel (CO-RE).
#pragma once

#include <string>
#include <vector>

#include <linux/bpf.h>

#include "types.h"

namespace drift {

struct Relocation {
    bpf_core_relo_kind kind{};
    std::string type;              // without the ___ of a flavour
    std::vector<std::string> path; // the field or enumerator; empty: the type itself
    std::uint32_t field_type = 0;  // in the object's BTF; 0: not of a field
};

// Of the object's section .BTF.ext.
[[nodiscard]] std::vector<Relocation> relocations_of(const std::string &path, const Types &types);

} // namespace drift
