// How a connection ended, from what the kernel kept of it.
#pragma once

#include <cstdint>

#include "flow/event.h"

namespace tcptrail {

// A socket at the moment it entered TCP_CLOSE.
struct LastState {
    TcpState left = TcpState::established; // the state before
    int error = 0;                         // sk_err, a positive errno, 0: none
    bool held = true;                      // by a process; false: in the accept queue, or an orphan
    bool peer_fin = false;                 // the peer's FIN was received
};

[[nodiscard]] End ending(const LastState &last);

// The handshake did not come to its end.
[[nodiscard]] bool never_established(Role role, const Outcome &outcome);

// It goes on, or ended by the FINs of both sides.
[[nodiscard]] bool is_orderly(End end);

} // namespace tcptrail
