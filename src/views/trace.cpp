#include "views/trace.h"

namespace tcptrail {

bool TraceView::wants(const Event &event) const {
    if (event.existing && !options_.existing)
        return false;
    switch (event.kind) {
    case EventKind::connect:
        return options_.connect;
    case EventKind::accept:
        return options_.accept;
    case EventKind::close:
        return options_.close && ended_as_asked(options_, event);
    default:
        return false;
    }
}

} // namespace tcptrail
