#include "bpf_objects.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

namespace live {

namespace {

std::set<std::uint32_t> ids(bpf_cmd next_id) {
    std::set<std::uint32_t> found;
    bpf_attr attributes{};
    while (syscall(SYS_bpf, next_id, &attributes, sizeof attributes) == 0) {
        found.insert(attributes.next_id);
        attributes.start_id = attributes.next_id;
    }
    return found;
}

bool subset(const std::set<std::uint32_t> &part, const std::set<std::uint32_t> &whole) {
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

void print(std::ostream &out, const char *name, const std::set<std::uint32_t> &ids) {
    out << name << ':';
    for (const std::uint32_t id : ids)
        out << ' ' << id;
    out << '\n';
}

} // namespace

BpfObjects BpfObjects::now() {
    return {ids(BPF_PROG_GET_NEXT_ID), ids(BPF_MAP_GET_NEXT_ID), ids(BPF_LINK_GET_NEXT_ID)};
}

bool BpfObjects::within(const BpfObjects &other) const {
    return subset(programs, other.programs) && subset(maps, other.maps) &&
           subset(links, other.links);
}

std::ostream &operator<<(std::ostream &out, const BpfObjects &objects) {
    print(out, "programs", objects.programs);
    print(out, "maps", objects.maps);
    print(out, "links", objects.links);
    return out;
}

} // namespace live
