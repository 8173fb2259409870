#include "output/columns.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace tcptrail {
namespace {

using Micros = std::optional<std::chrono::microseconds>;
using Number = std::uint64_t;

// What `make` makes of the value, where there is one.
template <typename Value, typename Make>
auto of(const std::optional<Value> &value, Make make) -> std::optional<decltype(make(*value))> {
    if (!value)
        return {};
    return make(*value);
}

std::optional<Number> micros(Micros value) {
    return of(value, [](std::chrono::microseconds known) {
        return static_cast<Number>(std::max<std::int64_t>(known.count(), 0));
    });
}

std::optional<Fixed> millis(Micros value) {
    return of(value, [](std::chrono::microseconds known) {
        return Fixed{(std::max<std::int64_t>(known.count(), 0) + 5) / 10, 2};
    });
}

Micros outcome(const Event &event, Micros Outcome::*time) {
    return event.outcome ? (*event.outcome).*time : Micros{};
}

std::optional<Port> port(std::uint16_t number) {
    return number != 0 ? std::optional(Port{number}) : std::nullopt;
}

Words words(bool has_role) {
    static constexpr std::array role{Word{"role"}};
    return has_role ? Words{role} : Words{};
}

std::optional<Bytes> carried(const Event &event, std::uint64_t Outcome::*bytes, bool in_kib) {
    return of(event.outcome, [=](const Outcome &known) { return Bytes{known.*bytes, in_kib}; });
}

std::optional<Bytes> moved(const Event &event, std::uint64_t Moved::*bytes, bool in_kib) {
    return of(event.moved, [=](const Moved &known) { return Bytes{known.*bytes, in_kib}; });
}

constexpr Kinds kind(EventKind one) {
    return static_cast<Kinds>(1U << static_cast<unsigned>(one));
}

using EventColumn = RowColumn<Event>;
using enum Align;

constexpr Kinds never = 0;
constexpr Kinds sample = kind(EventKind::sample);
constexpr Kinds open_too = sample | kind(EventKind::open);
constexpr Kinds close = open_too | kind(EventKind::close);
constexpr Kinds accept_and_close = close | kind(EventKind::accept);
constexpr Kinds always = accept_and_close | kind(EventKind::connect);

// The order of the JSON keys never changes; new keys go to the end of their block. Widths are of
// ordinary values: a longer one shifts its line.
constexpr std::array columns{
    EventColumn{{"event", "EVENT", left, 7, 7, always,
                 "what it tells: connect, accept, close, open or sample"},
                [](const Event &e) { return Word{event_name(e.kind)}; }},
    EventColumn{{"time", "TIME", left, 12, 12, always,
                 "time of the event: the local clock, in JSON and CSV RFC 3339 in UTC"},
                [](const Event &e) { return e.time; }},
    EventColumn{
        {"time_us", "TIME_US", right, 16, 16, always, "time of the event, microseconds since 1970"},
        [](const Event &e) {
            const auto since = std::chrono::floor<std::chrono::microseconds>(e.time);
            return static_cast<Number>(since.time_since_epoch().count());
        }},
    EventColumn{{"id", "ID", right, 6, 6, always,
                 "number of the connection in this run, the same on all its events"},
                [](const Event &e) { return e.id; }},
    EventColumn{{"role", "ROLE", left, 6, 6, always,
                 "client: opened from here; server: came from a listener here"},
                [](const Event &e) { return Word{role_name(e.role)}; }},
    EventColumn{{"pid", "PID", right, 7, 7, always, "process id of the owner"},
                [](const Event &e) { return number(e.owner ? e.owner->pid : std::nullopt); }},
    EventColumn{{"comm", "COMM", left, 12, 15, always, "name of the owner's process"},
                [](const Event &e) {
                    return of(e.owner, [](const Owner &owner) { return Name{owner.comm}; });
                }},
    EventColumn{{"uid", "UID", right, 5, 5, always, "user id of the owner"},
                [](const Event &e) {
                    return of(e.owner, [](const Owner &owner) { return Number{owner.uid}; });
                }},
    EventColumn{{"family", "FAMILY", right, 1, 1, always, "4 or 6, as on the wire"},
                [](const Event &e) { return static_cast<Number>(e.tuple.family); }},
    EventColumn{{"laddr", "LADDR", left, 15, 39, always, "local address", Named::host},
                [](const Event &e) { return e.tuple.laddr; }},
    EventColumn{{"lport", "LPORT", right, 5, 5, always, "local port", Named::service},
                [](const Event &e) { return port(e.tuple.lport); }},
    EventColumn{{"raddr", "RADDR", left, 15, 39, always, "remote address", Named::host},
                [](const Event &e) { return e.tuple.raddr; }},
    EventColumn{{"rport", "RPORT", right, 5, 5, always, "remote port", Named::service},
                [](const Event &e) { return Port{e.tuple.rport}; }},
    EventColumn{{"netns", "NETNS", right, 10, 10, always, "inode number of the network namespace"},
                [](const Event &e) { return Number{e.netns}; }},
    EventColumn{{"cgroup", "CGROUP", right, 6, 6, always, "cgroup v2 id of the owner"},
                [](const Event &e) {
                    return of(e.owner, [](const Owner &owner) { return owner.cgroup; });
                }},
    EventColumn{{"existing", "EXISTING", left, 5, 5, always,
                 "true: was open before tracing began, or first seen midway"},
                [](const Event &e) { return e.existing; }},
    EventColumn{{"inferred", "INFERRED", left, 8, 8, always,
                 "columns of this line that were deduced rather than seen"},
                [](const Event &e) { return words(e.role_inferred); }},
    EventColumn{{"tx_bytes", "TX_BYTES", right, 10, 10, close,
                 "payload bytes sent and acknowledged by the peer"},
                [](const Event &e) { return carried(e, &Outcome::tx_bytes, false); }},
    EventColumn{{"rx_bytes", "RX_BYTES", right, 10, 10, close, "payload bytes received in order"},
                [](const Event &e) { return carried(e, &Outcome::rx_bytes, false); }},
    EventColumn{{"duration_us", "DURATION_US", right, 11, 11, close,
                 "microseconds from first to last; absent if it began before the start"},
                [](const Event &e) { return micros(outcome(e, &Outcome::duration)); }},
    EventColumn{{"connect_us", "CONNECT_US", right, 10, 10, close,
                 "microseconds from SYN to established, clients only"},
                [](const Event &e) { return micros(outcome(e, &Outcome::connect)); }},
    EventColumn{{"accept_wait_us", "ACCEPT_WAIT_US", right, 14, 14, accept_and_close,
                 "microseconds in the accept queue, servers only"},
                [](const Event &e) { return micros(e.accept_wait); }},
    EventColumn{{"srtt_us", "SRTT_US", right, 8, 8, close,
                 "the kernel's smoothed round trip time in microseconds"},
                [](const Event &e) { return micros(outcome(e, &Outcome::srtt)); }},
    EventColumn{{"retransmits", "RETRANSMITS", right, 11, 11, close, "segments sent again"},
                [](const Event &e) {
                    return of(e.outcome,
                              [](const Outcome &last) { return Number{last.retransmits}; });
                }},
    EventColumn{{"end", "END", left, 12, 12, close,
                 "how it ended: local or remote (whose FIN was first), local-reset, refused, ..."},
                [](const Event &e) {
                    return of(e.outcome,
                              [](const Outcome &last) { return Word{end_name(last.end)}; });
                }},
    EventColumn{{"error", "ERROR", left, 12, 12, close, "errno's name, such as ECONNREFUSED"},
                [](const Event &e) {
                    const bool failed = e.outcome && e.outcome->error != 0;
                    return failed ? std::optional(Word{errno_name(e.outcome->error)})
                                  : std::nullopt;
                }},
    EventColumn{{"state", "STATE", left, 11, 11, open_too, "TCP state after the event"},
                [](const Event &e) { return Word{state_name(e.state)}; }},
    EventColumn{{"interval_tx_bytes", "INTERVAL_TX", right, 11, 11, sample,
                 "of tx_bytes, what was sent within the interval"},
                [](const Event &e) { return moved(e, &Moved::tx_bytes, false); }},
    EventColumn{{"interval_rx_bytes", "INTERVAL_RX", right, 11, 11, sample,
                 "of rx_bytes, what was received within the interval"},
                [](const Event &e) { return moved(e, &Moved::rx_bytes, false); }},
    EventColumn{{"tid", "TID", right, 7, 7, never, "thread that was seen connecting or accepting"},
                [](const Event &e) { return number(e.owner ? e.owner->tid : std::nullopt); }},
    EventColumn{{"time_s", "TIME(s)", right, 9, 9, never, "seconds since tcptrail started"},
                [](const Event &e) { return Elapsed{e.time}; }},
    EventColumn{{"tx_kb", "TX_KB", right, 9, 9, never, "tx_bytes / 1024"},
                [](const Event &e) { return carried(e, &Outcome::tx_bytes, true); }},
    EventColumn{{"rx_kb", "RX_KB", right, 9, 9, never, "rx_bytes / 1024"},
                [](const Event &e) { return carried(e, &Outcome::rx_bytes, true); }},
    EventColumn{{"interval_tx_kb", "TX_KB", right, 9, 9, never, "interval_tx_bytes / 1024"},
                [](const Event &e) { return moved(e, &Moved::tx_bytes, true); }},
    EventColumn{{"interval_rx_kb", "RX_KB", right, 9, 9, never, "interval_rx_bytes / 1024"},
                [](const Event &e) { return moved(e, &Moved::rx_bytes, true); }},
    EventColumn{{"ms", "MS", right, 9, 9, never, "duration_us in milliseconds"},
                [](const Event &e) { return millis(outcome(e, &Outcome::duration)); }},
    EventColumn{
        {"age_ms", "AGE_MS", right, 10, 10, never, "duration_us in ms, of what is open too"},
        [](const Event &e) { return millis(outcome(e, &Outcome::duration)); }},
    EventColumn{{"connect_ms", "CONNECT_MS", right, 10, 10, never, "connect_us in milliseconds"},
                [](const Event &e) { return millis(outcome(e, &Outcome::connect)); }},
    EventColumn{{"accept_ms", "ACCEPT_MS", right, 9, 9, never, "accept_wait_us in milliseconds"},
                [](const Event &e) { return millis(e.accept_wait); }},
    EventColumn{{"rtt_ms", "RTT_MS", right, 8, 8, never, "srtt_us in milliseconds"},
                [](const Event &e) { return millis(outcome(e, &Outcome::srtt)); }},
    EventColumn{
        {"unit", "UNIT", left, 20, 20, never,
         "container of the owner (12 digits of its id), or its systemd unit"},
        [](const Event &e) { return e.unit.empty() ? std::nullopt : std::optional(Text{e.unit}); }},
};

constexpr std::array<std::string_view, 10> wide_keys{
    "uid",        "role",      "netns",  "tx_bytes",    "rx_bytes",
    "connect_ms", "accept_ms", "rtt_ms", "retransmits", "error"};

} // namespace

template <> std::span<const EventColumn> columns_of<Event>() {
    return columns;
}

TableLayout trace_layout(const Options & /*options*/) {
    static constexpr std::array<std::string_view, 9> keys{
        "event", "pid", "comm", "laddr", "lport", "raddr", "rport", "ms", "end"};
    return {keys, wide_keys, static_cast<std::size_t>(EventKind::close)};
}

TableLayout life_layout(const Options &options) {
    static constexpr std::array<std::string_view, 10> keys{
        "pid", "comm", "laddr", "lport", "raddr", "rport", "tx_kb", "rx_kb", "ms", "end"};
    return {keys, wide_keys,
            static_cast<std::size_t>(options.open ? EventKind::open : EventKind::close)};
}

TableLayout top_layout(const Options & /*options*/) {
    static constexpr std::array<std::string_view, 8> keys{
        "pid", "comm", "laddr", "lport", "raddr", "rport", "interval_tx_kb", "interval_rx_kb"};
    return {keys, wide_keys, static_cast<std::size_t>(EventKind::sample)};
}

} // namespace tcptrail
