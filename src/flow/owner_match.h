// Owner filters: process id, name, user.
#pragma once

#include <optional>

#include "flow/event.h"
#include "options.h"

namespace tcptrail {

// What the owner filters say of the owners a connection had so far.
struct Verdict {
    bool matched = false;  // some owner passed all filters
    bool excluded = false; // some owner was an excluded one

    [[nodiscard]] bool shows() const { return matched && !excluded; }
};

// True where any owner filter was given; otherwise everything matches.
[[nodiscard]] inline bool filters_owners(const OwnerFilter &filter) {
    return !filter.pids.empty() || !filter.comms.empty() || !filter.uids.empty();
}

// What judge() does where a filter was given.
void judge_by_lists(const OwnerFilter &filter, const std::optional<Owner> &owner, Verdict &verdict);

// Adds one owner to the verdict; an unknown owner matches only where nothing is listed.
inline void judge(const OwnerFilter &filter, const std::optional<Owner> &owner, Verdict &verdict) {
    if (filters_owners(filter)) // hardly ever
        judge_by_lists(filter, owner, verdict);
    else
        verdict.matched = true;
}

} // namespace tcptrail
