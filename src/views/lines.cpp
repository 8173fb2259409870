#include "views/lines.h"

#include "flow/ending.h"

namespace tcptrail {

bool ended_as_asked(const Options &options, const Event &event) {
    if (!event.outcome)
        return !options.failed_only && !options.slower;
    const Outcome &outcome = *event.outcome;
    if (options.failed_only && is_orderly(outcome.end))
        return false;
    return !options.slower || (outcome.connect && *outcome.connect >= *options.slower);
}

} // namespace tcptrail
