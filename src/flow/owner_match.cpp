#include "flow/owner_match.h"

#include <fnmatch.h>

namespace tcptrail {
namespace {

// `matches(value)` for each rule of one list: listed values are or-ed, excluded ones veto.
template <typename T, typename Matches>
void judge_list(const std::vector<Rule<T>> &rules, Matches matches, bool &passed, bool &excluded) {
    bool listed = false;
    bool found = false;
    for (const Rule<T> &rule : rules) {
        const bool hit = matches(rule.value);
        if (rule.exclude)
            excluded = excluded || hit;
        else
            listed = true;
        found = found || (hit && !rule.exclude);
    }
    passed = passed && (!listed || found);
}

} // namespace

void judge_by_lists(const OwnerFilter &filter, const std::optional<Owner> &owner,
                    Verdict &verdict) {
    bool passed = true;
    judge_list(
        filter.pids, [&](std::uint32_t pid) { return owner && owner->pid == pid; }, passed,
        verdict.excluded);
    judge_list(
        filter.comms,
        [&](const std::string &glob) {
            return owner && fnmatch(glob.c_str(), owner->comm.c_str(), 0) == 0;
        },
        passed, verdict.excluded);
    judge_list(
        filter.uids, [&](std::uint32_t uid) { return owner && owner->uid == uid; }, passed,
        verdict.excluded);
    verdict.matched = verdict.matched || passed;
}

} // namespace tcptrail
