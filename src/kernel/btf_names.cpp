#include "kernel/btf_names.h"

#include <algorithm>

namespace tcptrail {

BtfNames::BtfNames(const WantedNames &wanted, std::size_t section_bytes)
    : shapes_(shape_count), offsets_(section_bytes) {
    for (const NameSet *names : {&wanted.symbols, &wanted.types, &wanted.fields}) {
        for (const std::string &name : *names) {
            wanted_.insert(name);
            shapes_[shape_of(name)] = 1;
        }
    }
}

void BtfNames::add_if_wanted(std::uint32_t offset, std::string_view string) {
    const auto name = wanted_.find(string);
    if (name == wanted_.end())
        return;
    offsets_[offset] = true;
    found_.emplace_back(offset, &*name);
}

const std::string &BtfNames::name_at(std::uint32_t offset) const {
    const auto found = std::lower_bound(
        found_.begin(), found_.end(), offset,
        [](const auto &name, std::uint32_t wanted) { return name.first < wanted; });
    return *found->second;
}

} // namespace tcptrail
