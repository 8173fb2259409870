// What the writer and the reader of recorded files share; the format is told in flow/recording.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <libdeflate.h>

#include "flow/event.h"

namespace tcptrail::recording {

inline constexpr std::string_view magic = "TCPTRAIL";
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t version_end = magic.size() + 4;
inline constexpr std::size_t head_size = version_end + 8 + 4;
inline constexpr std::size_t size_size = 4;
inline constexpr std::size_t checksum_size = 4;
inline constexpr std::size_t payload_limit = 4096;
inline constexpr std::size_t entry_limit = size_size + 1 + payload_limit + checksum_size;
inline constexpr std::size_t comm_limit = Comm::limit;
inline constexpr std::size_t cause_limit = 64;
inline constexpr std::int32_t errno_limit = 4095; // MAX_ERRNO of the kernel

inline constexpr TcpState unknown_state{}; // what the kernel said had no name

// As nanoseconds they still fit: who reads may convert.
inline constexpr std::int64_t interval_limit = INT64_MAX / 1000;

enum EntryKind : std::uint8_t { event_entry = 1, loss_entry = 2 };

enum Flag : std::uint32_t {
    role_inferred = 1U << 0,
    existing = 1U << 1,
    in_scope = 1U << 2,
    has_laddr = 1U << 3,
    has_owner = 1U << 4,
    has_pid = 1U << 5,
    has_tid = 1U << 6,
    has_accept_wait = 1U << 7,
    has_outcome = 1U << 8,
    has_duration = 1U << 9,
    has_connect = 1U << 10,
    has_srtt = 1U << 11,
    has_moved = 1U << 12,
    has_unit = 1U << 13,
};

inline std::uint32_t checksum(const void *bytes, std::size_t count) {
    return libdeflate_crc32(0, bytes, count);
}

} // namespace tcptrail::recording
