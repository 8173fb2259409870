// What of BPF is in the kernel right now, as bpftool lists it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <set>

namespace live {

struct BpfObjects {
    std::set<std::uint32_t> programs;
    std::set<std::uint32_t> maps;
    std::set<std::uint32_t> links;

    static BpfObjects now();

    // Whether everything here is also in `other`.
    bool within(const BpfObjects &other) const;
};
std::ostream &operator<<(std::ostream &out, const BpfObjects &objects);

} // namespace live
