#include "flow/chains.h"

#include <algorithm>
#include <utility>

namespace tcptrail {

void Chains::insert(Number item, std::size_t hash) {
    if (size_ == heads_.size())
        grow();
    if (item >= links_.size())
        links_.resize(item + std::size_t{1});
    Link &link = links_[item];
    link.hash = static_cast<std::uint32_t>(hash);
    link.next = std::exchange(head(link.hash), item);
    ++size_;
}

bool Chains::erase(Number item) {
    if (size_ == 0 || item >= links_.size())
        return false;
    const Link &link = links_[item];
    Number *at = &head(link.hash);
    while (*at != item && *at != none)
        at = &links_[*at].next;
    if (*at == none)
        return false;
    *at = link.next;
    --size_;
    return true;
}

Chains::Number Chains::first(std::size_t hash) const {
    if (size_ == 0)
        return none;
    const auto kept = static_cast<std::uint32_t>(hash);
    return skip(heads_[kept & (heads_.size() - 1)], kept);
}

Chains::Number Chains::next(Number item) const {
    return skip(links_[item].next, links_[item].hash);
}

// The first from this item on that has the hash.
Chains::Number Chains::skip(Number item, std::uint32_t hash) const {
    while (item != none && links_[item].hash != hash)
        item = links_[item].next;
    return item;
}

void Chains::grow() {
    constexpr std::size_t smallest = 16;
    const std::vector<Number> before =
        std::exchange(heads_, std::vector<Number>(std::max(2 * heads_.size(), smallest), none));
    for (Number item : before)
        while (item != none) {
            const Number following = links_[item].next;
            links_[item].next = std::exchange(head(links_[item].hash), item);
            item = following;
        }
}

} // namespace tcptrail
