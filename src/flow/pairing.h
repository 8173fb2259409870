// Sockets -> connections: which two sockets of this host are the two ends of one, and when both
// have ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "flow/chains.h"
#include "flow/event.h"
#include "flow/link_key.h"
#include "flow/owner_match.h"

namespace tcptrail {

// One socket of a connection.
struct Side {
    enum class State : std::uint8_t {
        open,
        ended,
        lost, // ended, and its close was never told: a spill has what it moved
    };

    std::uint64_t id = 0;
    std::uint64_t tx_bytes = 0; // since tracing began, as this socket sees it
    std::uint64_t rx_bytes = 0;
    WallTime ended{};
    std::uint32_t told = 0; // the last walk that told it as open
    std::uint32_t netns = 0;
    std::optional<Comm> comm; // of the last owner known
    Verdict verdict;          // on all owners that it had so far
    State state = State::open;
    bool failed = false; // never established
    bool orderly = true; // goes on, or ended by FINs
    bool in_scope = false;
};

// A connection, by those of its sockets that are on this host: one or both.
struct Joined {
    PairKey key;
    std::optional<Side> client;
    std::optional<Side> server;
    // Several network namespaces use the tuple at the same time: which sockets belong together
    // cannot be known, and none is taken for the other end of another.
    bool ambiguous = false;

    [[nodiscard]] bool open() const;
};

class Pairing {
  public:
    using Done = std::function<void(const Joined &)>;

    // How long an ended socket waits for its other end, if none is known.
    static constexpr std::chrono::seconds grace{1};
    // So many wait at the most; then the oldest waits no longer.
    static constexpr std::size_t waiting_max = 65536;
    // An open socket is told by each walk. So many in a row do not miss it by chance.
    static constexpr std::uint32_t missed_walks = 2;

    // `done` gets each connection once, when no more is to be expected of it; it must not call
    // back.
    Pairing(OwnerFilter owners, Done done) : owners_(std::move(owners)), done_(std::move(done)) {}

    // Open and close events; others are not for it. `key` is the event's.
    void take(const Event &event, const PairKey &key);
    void take(const Event &event) { take(event, pair_key(event)); }

    // All sockets that are open were told since the last call. One that is not told twice in a row
    // is gone. `spilled`: closes were lost, and a spill may have what it moved; else no program saw
    // it close, and it counts with what was told last.
    void end_walk(bool spilled);

    // Lets go of ended sockets that waited long enough; `all`: of every one, at the end.
    void expire(WallTime now, bool all = false);

    // Every connection that is not done, in no order.
    template <typename Visit> void each(Visit visit) const {
        for (const Row *row : {&live_, &waiting_})
            for (Number number = row->first; number != Chains::none;) {
                const Entry &entry = entries_[number];
                number = entry.after;
                visit(entry.joined);
            }
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size; }
    [[nodiscard]] std::size_t size() const { return live_.size + waiting_.size; }

  private:
    using Number = Chains::Number; // of an entry

    struct Entry {
        Joined joined;
        Number before = Chains::none; // in live_ or waiting_
        Number after = Chains::none;
        bool listed = false;  // in by_key_: the tuple is this connection's
        bool waiting = false; // in waiting_, not in live_
    };

    // Entries one after the other.
    struct Row {
        Number first = Chains::none;
        Number last = Chains::none;
        std::size_t size = 0;
    };

    void append(Row &row, Number number);
    void remove(Row &row, Number number);

    [[nodiscard]] std::optional<Number> find(std::uint64_t id) const;
    Number admit(const Event &event, const PairKey &key);
    Number create(const PairKey &key, Role role, const Side &side);
    void list(Number number);
    void unlist(Number number);
    void supersede(Number number);
    void make_ambiguous(const PairKey &key);
    void update(Side &side, const Event &event);
    void settle(Number number);
    void wait(Number number);
    void finish(Number number);

    OwnerFilter owners_;
    Done done_;
    std::uint32_t walk_ = 0;
    std::deque<Entry> entries_; // those that are free, too
    std::vector<Number> free_;
    Row live_;
    Row waiting_;   // one socket each, ended, oldest first
    Chains by_id_;  // twice an entry's number, plus 1 for its server: sockets told as open
    Chains by_key_; // entries; several with one key: ambiguous
};

} // namespace tcptrail
