// (last state, error, held, peer's FIN) -> how a connection ended.
#include "catch.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "flow/ending.h"
#include "output/text.h"

using namespace tcptrail;

namespace {

struct Row {
    const char *what;
    TcpState left;
    int error;
    bool held;
    bool peer_fin;
    End end;
};

void check(std::initializer_list<Row> rows) {
    for (const Row &row : rows) {
        INFO(row.what);
        const End end = ending({row.left, row.error, row.held, row.peer_fin});
        CHECK(end_name(end) == end_name(row.end));
    }
}

constexpr bool held = true;
constexpr bool orphan = false;
constexpr bool queued = false;
constexpr bool fin = true;
constexpr bool no_fin = false;

using enum TcpState;

} // namespace

TEST_CASE("an orderly end is that of the side whose FIN went first") {
    check({
        {"we, then the peer, then our close", fin_wait2, 0, held, fin, End::local},
        {"we closed, a timewait socket does the rest", fin_wait2, 0, orphan, no_fin, End::local},
        {"we closed, the peer's FIN came at last", fin_wait2, 0, orphan, fin, End::local},
        {"both at once", closing, 0, held, fin, End::local},
        {"both at once, closed", closing, 0, orphan, fin, End::local},
        {"the peer, then we", last_ack, 0, orphan, fin, End::remote},
        {"the peer, then our shutdown", last_ack, 0, held, fin, End::remote},
    });
}

TEST_CASE("a reset from here leaves no error behind") {
    check({
        {"unread data or SO_LINGER 0", established, 0, held, no_fin, End::local_reset},
        {"the same after the peer's FIN", close_wait, 0, held, fin, End::local_reset},
        {"after our shutdown", fin_wait1, 0, held, no_fin, End::local_reset},
        {"data for a socket that is closed", fin_wait1, 0, orphan, no_fin, End::local_reset},
        {"unread data after our acknowledged FIN", fin_wait2, 0, held, no_fin, End::local_reset},
    });
}

TEST_CASE("a socket that an administrator killed was reset from here") {
    check({
        {"established", established, ECONNABORTED, held, no_fin, End::local_reset},
        {"the peer was through", close_wait, ECONNABORTED, held, fin, End::local_reset},
        {"our FIN was out", fin_wait1, ECONNABORTED, orphan, no_fin, End::local_reset},
    });
}

TEST_CASE("a reset from the peer wins until both FINs are acknowledged") {
    check({
        {"established", established, ECONNRESET, held, no_fin, End::remote_reset},
        {"after its own FIN", close_wait, EPIPE, held, fin, End::remote_reset},
        {"our FIN was out", fin_wait1, ECONNRESET, orphan, no_fin, End::remote_reset},
        {"our FIN was acknowledged", fin_wait2, ECONNRESET, held, no_fin, End::remote_reset},
        {"its FIN was first", last_ack, ECONNRESET, orphan, fin, End::remote_reset},
        {"both FINs were out", closing, ECONNRESET, held, fin, End::remote_reset},
        {"in the accept queue", established, ECONNRESET, queued, no_fin, End::remote_reset},
        {"in the queue, after its FIN", close_wait, EPIPE, queued, fin, End::remote_reset},
    });
}

TEST_CASE("a connect that came to nothing says why") {
    check({
        {"nobody listens", syn_sent, ECONNREFUSED, held, no_fin, End::refused},
        {"no answer", syn_sent, ETIMEDOUT, held, no_fin, End::timeout},
        {"no answer to the ARP", syn_sent, EHOSTUNREACH, held, no_fin, End::unreachable},
        {"a router knows no way", syn_sent, ENETUNREACH, held, no_fin, End::unreachable},
        {"ICMP: no such protocol", syn_sent, ENOPROTOOPT, held, no_fin, End::unreachable},
        {"ICMP: forbidden", syn_sent, EACCES, held, no_fin, End::unreachable},
        {"closed here", syn_sent, 0, held, no_fin, End::aborted},
        {"closed here, by the end of its process", syn_sent, 0, orphan, no_fin, End::aborted},
        {"killed here", syn_sent, ECONNABORTED, held, no_fin, End::aborted},
    });
}

TEST_CASE("an established connection whose peer fell silent timed out") {
    check({
        {"data or keepalive", established, ETIMEDOUT, held, no_fin, End::timeout},
        {"with an ICMP error kept", established, EHOSTUNREACH, held, no_fin, End::timeout},
        {"our FIN stays unanswered", fin_wait1, ETIMEDOUT, orphan, no_fin, End::timeout},
        {"our last FIN stays unanswered", last_ack, ETIMEDOUT, orphan, fin, End::timeout},
    });
}

TEST_CASE("a listener that closes first leaves its queue unaccepted") {
    check({
        {"established", established, 0, queued, no_fin, End::unaccepted},
        {"the client was through", close_wait, 0, queued, fin, End::unaccepted},
    });
}
