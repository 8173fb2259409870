// The ring buffer's records as values, and how to read them from bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <variant>

#include "flow/event.h"
#include "flow/spill.h"

struct wire_spill;
struct wire_spill_key;

namespace tcptrail {

// CLOCK_MONOTONIC, nanoseconds: the kernel's stamp on every record.
using KernelTime = std::chrono::nanoseconds;

// One connection's name between kernel and user space: a socket's address is used again for
// the next connection, but never with the same time of birth.
struct SocketKey {
    std::uint64_t sock = 0;
    KernelTime born{}; // 0: unknown, the socket was closed before its accept returned

    bool operator==(const SocketKey &) const = default;
    bool operator<(const SocketKey &other) const {
        return std::tie(sock, born) < std::tie(other.sock, other.born);
    }
};

// What connect, accept and close records say of their connection.
struct Facts {
    Tuple tuple;
    Role role = Role::client;
    std::uint32_t netns = 0;
    bool existing = false;
    bool role_inferred = false;
    bool in_scope = true; // as in Event
    std::optional<Owner> owner;
};

struct ConnectRecord {
    SocketKey key;
    KernelTime time{};
    Facts facts;
};

struct AcceptRecord {
    SocketKey key;
    KernelTime time{};
    Facts facts;
    std::optional<std::chrono::nanoseconds> wait; // established to accept
    TcpState state = TcpState::established;
};

struct CloseRecord {
    SocketKey key;
    KernelTime time{};
    Facts facts;
    bool queued = false; // closed in the accept queue: an accept may still return it
    Outcome outcome;
    std::optional<KernelTime> established;
    std::optional<std::chrono::nanoseconds> accept_wait;
};

// One that is open when user space asked. In state CLOSE: its close was not seen, and this is the
// last that is known of it.
struct OpenRecord {
    SocketKey key;
    KernelTime time{};
    Facts facts;
    TcpState state = TcpState::established;
    Outcome outcome; // so far
    std::optional<std::chrono::nanoseconds> accept_wait;
};

// connect(2) failed before a SYN left.
struct FailedRecord {
    KernelTime time{};
    Facts facts;
    int error = 0; // positive errno
};

struct OwnerRecord {
    SocketKey key;
    std::optional<Owner> owner;
};

// Several processes hold the socket and none was seen to move bytes.
struct SharedRecord {
    SocketKey key;
};

// A connect began whose local port the kernel side could not see yet.
struct SynRecord {
    SocketKey key;
};

// The path of a cgroup that owners are in, before the first of them.
struct CgroupRecord {
    std::uint64_t path = 0; // as in Owner
    // Innermost first, in the bytes that were decoded; empty: above the root. One of unit_limit
    // bytes may have been cut.
    std::array<std::string_view, 8> names;
};

using Record = std::variant<ConnectRecord, AcceptRecord, CloseRecord, FailedRecord, OwnerRecord,
                            SharedRecord, SynRecord, OpenRecord, CgroupRecord>;

// How many bytes the record takes at the front of `bytes`; 0: not all of it is there.
[[nodiscard]] std::size_t record_size(std::span<const std::byte> bytes);

// Reads one record. None: its kind is unknown or it is shorter than its kind.
[[nodiscard]] std::optional<Record> decode(std::span<const std::byte> bytes);

[[nodiscard]] Spill spill_of(const wire_spill_key &key, const wire_spill &sum);

} // namespace tcptrail
