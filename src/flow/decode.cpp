// Bytes of bpf/wire.h -> records.
#include "flow/record.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>

#include "flow/ending.h"
#include "wire.h"

namespace tcptrail {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

// False: `bytes` are too few.
template <typename T> bool copy(std::span<const std::byte> bytes, T &value) {
    if (bytes.size() < sizeof(value))
        return false;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return true;
}

SocketKey key_of(std::uint64_t sock, std::uint64_t born_ns) {
    return {.sock = sock, .born = nanoseconds(born_ns)};
}

void read(const wire_owner &wire, std::optional<Owner> &known) {
    if (wire.comm[0] == '\0' && wire.pid == 0)
        return;
    Owner &owner = known.emplace();
    if (wire.pid != 0)
        owner.pid = wire.pid;
    if (wire.tid != 0)
        owner.tid = wire.tid;
    owner.uid = wire.uid;
    const bool of_v1 = (wire.cgroup & WIRE_CGROUP_V1) != 0;
    owner.cgroup = of_v1 ? static_cast<std::uint32_t>(wire.cgroup) : wire.cgroup;
    owner.path = wire.cgroup;
    owner.comm = Comm::of_kernel(wire.comm);
}

// Nothing chosen: all zero, or the mapped form of 0.0.0.0.
bool is_unset(const Address &addr) {
    static constexpr Address any4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return addr == Address{} || addr == any4;
}

void read(const wire_tuple &wire, Facts &facts) {
    Address laddr;
    std::memcpy(laddr.data(), wire.laddr, sizeof(laddr));
    std::memcpy(facts.tuple.raddr.data(), wire.raddr, sizeof(wire.raddr));
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
}

void read(const wire_open &wire, ConnectRecord &connect) {
    connect.key = key_of(wire.sock, wire.born_ns);
    connect.time = nanoseconds(wire.ts_ns);
    read(wire.tuple, connect.facts);
    read(wire.owner, connect.facts.owner);
}

void read(const wire_open &wire, AcceptRecord &accept) {
    accept.key = key_of(wire.sock, wire.born_ns);
    accept.time = nanoseconds(wire.ts_ns);
    read(wire.tuple, accept.facts);
    read(wire.owner, accept.facts.owner);
    accept.state = static_cast<TcpState>(wire.state);
    if (wire.wait_known != 0)
        accept.wait = nanoseconds(wire.accept_wait_ns);
}

// All but how it ended.
void read(const wire_close &wire, Outcome &outcome) {
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

void read(const wire_close &wire, CloseRecord &close) {
    close.key = key_of(wire.sock, wire.born_ns);
    close.time = nanoseconds(wire.ts_ns);
    read(wire.tuple, close.facts);
    read(wire.owner, close.facts.owner);
    close.queued = may_be_queued(wire);
    read(wire, close.outcome);
    close.outcome.end = end_of(wire);
    if (wire.established_ns != 0)
        close.established = nanoseconds(wire.established_ns);
    close.accept_wait = wait_of(wire);
}

void read(const wire_close &wire, OpenRecord &open) {
    open.key = key_of(wire.sock, wire.born_ns);
    open.time = nanoseconds(wire.ts_ns);
    read(wire.tuple, open.facts);
    read(wire.owner, open.facts.owner);
    open.state = static_cast<TcpState>(wire.old_state);
    read(wire, open.outcome);
    open.outcome.end = End::open;
    open.accept_wait = wait_of(wire);
}

void read(const wire_failed &wire, FailedRecord &failed) {
    failed.time = nanoseconds(wire.ts_ns);
    read(wire.tuple, failed.facts);
    read(wire.owner, failed.facts.owner);
    failed.error = static_cast<int>(wire.error);
}

void read(const wire_owner_change &wire, OwnerRecord &change) {
    change.key = key_of(wire.sock, wire.born_ns);
    read(wire.owner, change.owner);
}

template <typename Mark> void read(const wire_mark &wire, Mark &mark) {
    mark.key = key_of(wire.sock, wire.born_ns);
}

// In place: a record is large, and there are two and more of each connection. An optional that is
// empty first would be cleared for nothing.
template <typename Wire, typename Kind>
std::optional<Record> decode_whole(std::span<const std::byte> bytes) {
    Wire wire;
    std::memcpy(&wire, bytes.data(), sizeof(wire));
    std::optional<Record> record(std::in_place, std::in_place_type<Kind>);
    read(wire, std::get<Kind>(*record));
    return record;
}

template <typename Wire, typename Kind>
std::optional<Record> decode_as(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(Wire))
        return std::nullopt;
    return decode_whole<Wire, Kind>(bytes);
}

static_assert(std::tuple_size_v<decltype(CgroupRecord::names)> == WIRE_CGROUP_LEVELS);
static_assert(unit_limit == WIRE_CGROUP_NAME - 1);

std::optional<Record> decode_cgroup(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(wire_cgroup))
        return std::nullopt;
    CgroupRecord record;
    std::memcpy(&record.path, &bytes[offsetof(wire_cgroup, cgroup)], sizeof(record.path));
    const auto *names = reinterpret_cast<const char *>(&bytes[offsetof(wire_cgroup, names)]);
    for (std::string_view &name : record.names) {
        name = {names, strnlen(names, WIRE_CGROUP_NAME)};
        names += WIRE_CGROUP_NAME;
    }
    return record;
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
        spill.comm = Comm::of_kernel(key.comm);
    spill.connections = sum.connections;
    spill.failed = sum.failed;
    spill.tx_bytes = sum.tx_bytes;
    spill.rx_bytes = sum.rx_bytes;
    return spill;
}

std::size_t record_size(std::span<const std::byte> bytes) {
    wire_head head;
    return copy(bytes, head) && head.size <= bytes.size() ? head.size : 0;
}

std::optional<Record> decode(std::span<const std::byte> bytes) {
    wire_head head;
    if (!copy(bytes, head))
        return std::nullopt;
    switch (head.kind) {
    case WIRE_CONNECT:
        return decode_as<wire_open, ConnectRecord>(bytes);
    case WIRE_ACCEPT:
        return decode_as<wire_open, AcceptRecord>(bytes);
    case WIRE_CLOSE:
        return decode_as<wire_close, CloseRecord>(bytes);
    case WIRE_OPEN:
        return decode_as<wire_close, OpenRecord>(bytes);
    case WIRE_FAILED:
        return decode_as<wire_failed, FailedRecord>(bytes);
    case WIRE_OWNER:
        return decode_as<wire_owner_change, OwnerRecord>(bytes);
    case WIRE_SHARED:
        return decode_as<wire_mark, SharedRecord>(bytes);
    case WIRE_SYN:
        return decode_as<wire_mark, SynRecord>(bytes);
    case WIRE_CGROUP:
        return decode_cgroup(bytes);
    default:
        return std::nullopt;
    }
}

} // namespace tcptrail
