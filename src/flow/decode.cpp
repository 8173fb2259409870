// Bytes of bpf/wire.h -> records.
#include "flow/record.h"

#include <algorithm>
#include <cstring>

#include "flow/ending.h"
#include "wire.h"

namespace tcptrail {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

template <typename T> std::optional<T> copy_as(std::span<const std::byte> bytes) {
    T value;
    if (bytes.size() < sizeof(value))
        return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

SocketKey key_of(std::uint64_t sock, std::uint64_t born_ns) {
    return {.sock = sock, .born = nanoseconds(born_ns)};
}

Comm comm_of(const char (&wire)[WIRE_COMM_LEN]) {
    return std::string_view(wire, strnlen(wire, sizeof(wire)));
}

std::optional<Owner> owner_of(const wire_owner &wire) {
    if (wire.comm[0] == '\0' && wire.pid == 0)
        return std::nullopt;
    Owner owner;
    if (wire.pid != 0)
        owner.pid = wire.pid;
    if (wire.tid != 0)
        owner.tid = wire.tid;
    owner.uid = wire.uid;
    owner.cgroup = wire.cgroup;
    owner.comm = comm_of(wire.comm);
    return owner;
}

// Nothing chosen: all zero, or the mapped form of 0.0.0.0.
bool is_unset(const Address &addr) {
    static constexpr Address any{};
    static constexpr Address any4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return addr == any || addr == any4;
}

Facts facts_of(const wire_tuple &wire, const wire_owner &owner) {
    Facts facts;
    Address laddr;
    std::copy(std::begin(wire.laddr), std::end(wire.laddr), laddr.begin());
    std::copy(std::begin(wire.raddr), std::end(wire.raddr), facts.tuple.raddr.begin());
    if (!is_unset(laddr))
        facts.tuple.laddr = laddr;
    facts.tuple.family = wire.family == 6 ? Family::ipv6 : Family::ipv4;
    facts.tuple.lport = wire.lport;
    facts.tuple.rport = wire.rport;
    facts.role = wire.role == WIRE_SERVER ? Role::server : Role::client;
    facts.netns = wire.netns;
    facts.existing = wire.existing != 0;
    facts.role_inferred = wire.role_inferred != 0;
    facts.in_scope = wire.matched != 0;
    facts.owner = owner_of(owner);
    return facts;
}

std::optional<Record> decode_opening(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_open>(bytes);
    if (!wire)
        return std::nullopt;
    const SocketKey key = key_of(wire->sock, wire->born_ns);
    const nanoseconds time(wire->ts_ns);
    Facts facts = facts_of(wire->tuple, wire->owner);
    if (wire->head.kind == WIRE_CONNECT)
        return ConnectRecord{.key = key, .time = time, .facts = facts};
    AcceptRecord accept{.key = key, .time = time, .facts = facts, .wait = {}};
    accept.state = static_cast<TcpState>(wire->state);
    if (wire->wait_known != 0)
        accept.wait = nanoseconds(wire->accept_wait_ns);
    return accept;
}

// All but how it ended.
Outcome outcome_of(const wire_close &wire) {
    Outcome outcome;
    const bool server = wire.tuple.role == WIRE_SERVER;
    outcome.tx_bytes = wire.tx_bytes;
    outcome.rx_bytes = wire.rx_bytes;
    outcome.tx_before = wire.tx_before;
    outcome.rx_before = wire.rx_before;
    if (wire.tuple.existing == 0)
        outcome.duration = duration_cast<microseconds>(nanoseconds(wire.ts_ns - wire.born_ns));
    if (!server && wire.tuple.existing == 0 && wire.established_ns != 0)
        outcome.connect =
            duration_cast<microseconds>(nanoseconds(wire.established_ns - wire.born_ns));
    if (wire.srtt_us != 0)
        outcome.srtt = microseconds(wire.srtt_us);
    outcome.retransmits = wire.retransmits;
    outcome.error = static_cast<int>(wire.error);
    return outcome;
}

End end_of(const wire_close &wire) {
    return ending({
        .left = static_cast<TcpState>(wire.old_state),
        .error = static_cast<int>(wire.error),
        .held = wire.held != 0,
        .peer_fin = wire.done != 0,
    });
}

// With TCP Fast Open an accept may come before the handshake's end: it did not wait.
std::optional<nanoseconds> wait_of(const wire_close &wire) {
    if (wire.accepted_ns == 0 || wire.established_ns == 0)
        return std::nullopt;
    return nanoseconds(
        wire.accepted_ns > wire.established_ns ? wire.accepted_ns - wire.established_ns : 0);
}

// The accept may still be on its way: its record comes before its owner is seen here.
bool may_be_queued(const wire_close &wire) {
    const auto left = static_cast<TcpState>(wire.old_state);
    const bool held_before = wire.held != 0 && wire.tuple.existing != 0;
    return wire.tuple.role == WIRE_SERVER && !held_before &&
           (left == TcpState::established || left == TcpState::close_wait);
}

std::optional<Record> decode_close(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_close>(bytes);
    if (!wire)
        return std::nullopt;
    CloseRecord close{
        .key = key_of(wire->sock, wire->born_ns),
        .time = nanoseconds(wire->ts_ns),
        .facts = facts_of(wire->tuple, wire->owner),
        .queued = may_be_queued(*wire),
        .outcome = outcome_of(*wire),
        .established = {},
        .accept_wait = wait_of(*wire),
    };
    close.outcome.end = end_of(*wire);
    if (wire->established_ns != 0)
        close.established = nanoseconds(wire->established_ns);
    return close;
}

std::optional<Record> decode_open(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_close>(bytes);
    if (!wire)
        return std::nullopt;
    OpenRecord open{
        .key = key_of(wire->sock, wire->born_ns),
        .time = nanoseconds(wire->ts_ns),
        .facts = facts_of(wire->tuple, wire->owner),
        .state = static_cast<TcpState>(wire->old_state),
        .outcome = outcome_of(*wire),
        .accept_wait = wait_of(*wire),
    };
    open.outcome.end = End::open;
    return open;
}

std::optional<Record> decode_failed(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_failed>(bytes);
    if (!wire)
        return std::nullopt;
    return FailedRecord{.time = nanoseconds(wire->ts_ns),
                        .facts = facts_of(wire->tuple, wire->owner),
                        .error = static_cast<int>(wire->error)};
}

std::optional<Record> decode_owner(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_owner_change>(bytes);
    if (!wire)
        return std::nullopt;
    return OwnerRecord{.key = key_of(wire->sock, wire->born_ns), .owner = owner_of(wire->owner)};
}

template <typename T> std::optional<Record> decode_mark(std::span<const std::byte> bytes) {
    const auto wire = copy_as<wire_mark>(bytes);
    if (!wire)
        return std::nullopt;
    return T{.key = key_of(wire->sock, wire->born_ns)};
}

} // namespace

Spill spill_of(const wire_spill_key &key, const wire_spill &sum) {
    Spill spill;
    std::copy(std::begin(key.client), std::end(key.client), spill.client.begin());
    std::copy(std::begin(key.server), std::end(key.server), spill.server.begin());
    spill.port = key.port;
    spill.netns = key.netns;
    spill.role = key.role == WIRE_SERVER ? Role::server : Role::client;
    spill.in_scope = key.matched != 0;
    if (key.comm[0] != '\0')
        spill.comm = comm_of(key.comm);
    spill.connections = sum.connections;
    spill.failed = sum.failed;
    spill.tx_bytes = sum.tx_bytes;
    spill.rx_bytes = sum.rx_bytes;
    return spill;
}

std::size_t record_size(std::span<const std::byte> bytes) {
    const auto head = copy_as<wire_head>(bytes);
    return head && head->size <= bytes.size() ? head->size : 0;
}

std::optional<Record> decode(std::span<const std::byte> bytes) {
    const auto head = copy_as<wire_head>(bytes);
    if (!head)
        return std::nullopt;
    switch (head->kind) {
    case WIRE_CONNECT:
    case WIRE_ACCEPT:
        return decode_opening(bytes);
    case WIRE_CLOSE:
        return decode_close(bytes);
    case WIRE_OPEN:
        return decode_open(bytes);
    case WIRE_FAILED:
        return decode_failed(bytes);
    case WIRE_OWNER:
        return decode_owner(bytes);
    case WIRE_SHARED:
        return decode_mark<SharedRecord>(bytes);
    case WIRE_SYN:
        return decode_mark<SynRecord>(bytes);
    default:
        return std::nullopt;
    }
}

} // namespace tcptrail
