#include "flow/ending.h"

#include <cerrno>

namespace tcptrail {
namespace {

// net/ipv4/tcp_timer.c:tcp_write_err, tcp_ipv4.c:tcp_v4_err, tcp_input.c:tcp_reset (5.10 to 7.2)
End end_of_attempt(int error) {
    switch (error) {
    case 0:
        return End::aborted;
    case ECONNREFUSED:
    case ECONNRESET:
        return End::refused;
    case ETIMEDOUT:
        return End::timeout;
    case ECONNABORTED: // somebody killed the socket (tcp_abort)
        return End::aborted;
    default:
        return End::unreachable;
    }
}

End established_with_error(int error) {
    switch (error) {
    case ECONNRESET:
    case EPIPE:
        return End::remote_reset;
    case ECONNABORTED:
        return End::local_reset;
    default: // the last retransmission went unanswered; an ICMP error may have been kept
        return End::timeout;
    }
}

} // namespace

End ending(const LastState &last) {
    if (last.left == TcpState::syn_sent)
        return end_of_attempt(last.error);
    if (last.error != 0)
        return established_with_error(last.error);
    switch (last.left) {
    case TcpState::closing:
        return End::local;
    case TcpState::last_ack:
        return End::remote;
    case TcpState::fin_wait2:
        // An orphan hands its wait to a timewait socket, FIN or not; a held socket without the
        // peer's FIN was disconnected.
        return last.peer_fin || !last.held ? End::local : End::local_reset;
    case TcpState::fin_wait1:
        return End::local_reset;
    default:
        return last.held ? End::local_reset : End::unaccepted;
    }
}

bool never_established(Role role, const Outcome &outcome) {
    switch (outcome.end) {
    case End::timeout: // of the SYN, or of data: only a handshake measures a round trip
        return role == Role::client && !outcome.connect && !outcome.srtt;
    case End::refused:
    case End::unreachable:
    case End::aborted:
    case End::failed:
        return true;
    case End::local:
    case End::remote:
    case End::local_reset:
    case End::remote_reset:
    case End::unaccepted:
    case End::open:
        return false;
    }
    return false;
}

bool is_orderly(End end) {
    return end == End::local || end == End::remote || end == End::open;
}

} // namespace tcptrail
