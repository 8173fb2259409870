// The format of a recorded file: what --record writes and --replay reads.
//
// A file is a head and then entries. Numbers are little endian; u8 to u64 are unsigned, i32 and i64
// signed (two's complement). Times are nanoseconds since 1970, never before; intervals are
// microseconds, at most 9,223,372,036,854,775 of them either way. Checksums are CRC-32 as of zlib.
//
//   Head, 24 bytes
//     8 bytes   "TCPTRAIL"
//     u32       format version, 1
//     i64       start of the run
//     u32       checksum of the 20 bytes before
//
//   Entry
//     u32       size of the payload, at most 4096
//     u8        kind: 1 event, 2 loss
//     payload
//     u32       checksum of kind and payload
//
//   Payload of an event; a field in [] is there only if its flag is set
//     u8        event: 0 connect, 1 accept, 2 close, 3 open, 4 sample
//     u8        role: 0 client, 1 server
//     u8        TCP state, 1 to 11 as in the kernel, 0 if another
//     u8        family: 4 or 6
//     u32       flags, bit 0 is the lowest:
//                 0 role was deduced       1 existing               2 in scope
//                 3 local address          4 owner                  5 pid, with 4
//                 6 tid, with 4            7 accept wait            8 outcome
//                 9 duration, with 8      10 connect, with 8       11 srtt, with 8
//                12 moved                13 unit, with 4
//               8 is set for close, open and sample only, and always; so is 12 for sample
//     i64       time of the event
//     u64       id of the connection
//     u32       inode number of the network namespace
//     u16       local port, 0 if none was chosen
//     u16       remote port
//     16 bytes  remote address in IPv6 form, IPv4 as ::ffff:a.b.c.d
//     16 bytes  [3] local address, likewise
//     u32       [5] pid of the owner
//     u32       [6] tid of the owner
//     u32       [4] uid of the owner
//     u64       [4] cgroup of the owner
//     u8        [4] length of the owner's name, at most 15
//     bytes     [4] the owner's name
//     i64       [7] accept wait
//     u64       [8] payload bytes sent and acknowledged
//     u64       [8] payload bytes received
//     u64       [8] of those sent, before tracing began
//     u64       [8] of those received, before tracing began
//     i64       [9] duration
//     i64       [10] SYN to established
//     i64       [11] smoothed round trip time
//     u32       [8] segments sent again
//     u8        [8] end: 0 local, 1 remote, 2 local-reset, 3 remote-reset, 4 refused, 5 timeout,
//               6 unreachable, 7 aborted, 8 failed, 9 unaccepted, 10 open
//     i32       [8] errno, 0 to 4095, 0 if none
//     u64       [12] payload bytes sent in the interval
//     u64       [12] payload bytes received in the interval
//     u8        [13] length of the owner's container or systemd unit, at most 127
//     bytes     [13] its name
//
//   Payload of a loss
//     i64       time
//     u64       number of events lost
//     u8        length of the cause, at most 64
//     bytes     the cause
//
// Within a version, new fields are appended to a payload and new kinds and flags are added: a
// reader skips what it does not know. Everything else takes a new version, which a reader refuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "flow/event.h"

namespace tcptrail {

[[nodiscard]] std::string recording_head(WallTime start);

// `event` has an outcome and what it moved if, and only if, the head of this file says so of its
// kind. A name or a cause that is too long is cut.
void append_entry(std::string &out, const Event &event);
void append_entry(std::string &out, const Loss &loss);

struct NeedMore {}; // add() or finish() comes next

struct EndOfRecording {}; // after finish(): the file ended behind an entry

// Nothing behind this can be read; what came before it is good.
struct Damaged {
    std::uint64_t offset = 0; // byte of the file where the damaged entry begins
    std::string reason;       // a clause
    bool truncated = false;   // the file ends there too early: its writer was killed
};

using RecordedItem = std::variant<NeedMore, EndOfRecording, Damaged, Event, Loss>;

// Reads a recorded file piece by piece, trusting none of it.
class RecordingReader {
  public:
    RecordingReader();

    // Where the file's next bytes are to be put: upon NeedMore, room for 64 KiB at least.
    [[nodiscard]] std::span<std::byte> room();
    void add(std::size_t count) { end_ += count; } // so many were put there
    void finish() { finished_ = true; }            // the file has no more bytes

    // The next entry of a known kind; it stays until the next call, and so does the text of its
    // unit. Damaged and EndOfRecording are final: they are repeated.
    [[nodiscard]] const RecordedItem &next();

    // When the recorded run started; known before the first entry comes.
    [[nodiscard]] std::optional<WallTime> start() const { return start_; }

  private:
    [[nodiscard]] std::span<const std::byte> unread() const;
    void advance(std::size_t count);
    [[nodiscard]] bool is_damaged() const { return std::holds_alternative<Damaged>(item_); }

    // These set item_ and return true, or return false: what follows is to be read.
    bool damaged(std::string reason);
    bool starved(const char *part);
    bool read_head();
    bool read_entry();

    std::vector<std::byte> buffer_;
    std::size_t position_ = 0; // of what is unread in buffer_
    std::size_t end_ = 0;      // of the same
    std::uint64_t offset_ = 0; // the same in the file
    bool finished_ = false;
    std::optional<WallTime> start_;
    RecordedItem item_;
};

} // namespace tcptrail
