#include "views/life.h"

namespace tcptrail {

bool LifeView::wants(const Event &event) const {
    if (event.existing && !options_.existing)
        return false;
    // One in state CLOSE is a loss, told as such: how it ended is not known.
    const bool open = event.kind == EventKind::open && event.state != TcpState::close;
    if (event.kind != EventKind::close && !(open && options_.open))
        return false;
    return ended_as_asked(options_, event);
}

} // namespace tcptrail
