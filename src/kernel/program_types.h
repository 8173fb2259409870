// What the BPF programs name of the kernel's types.
#pragma once

#include "kernel/btf_names.h"

namespace tcptrail {

// Adds the types of the embedded object to `wanted`, with their fields.
void add_program_types(WantedNames &wanted);

} // namespace tcptrail
