// Sockets -> connections: which two sockets of this host are the two ends of one, and when both
// have ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

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
    std::uint32_t netns = 0;
    State state = State::open;
    bool failed = false; // never established
    bool orderly = true; // goes on, or ended by FINs
    bool in_scope = false;
    Verdict verdict;            // on all owners that it had so far
    std::optional<Comm> comm;   // of the last owner known
    std::uint64_t tx_bytes = 0; // since tracing began, as this socket sees it
    std::uint64_t rx_bytes = 0;
    WallTime ended{};
    std::uint64_t told = 0; // the last walk that told it as open
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
    static constexpr std::uint64_t missed_walks = 2;

    // `done` gets each connection once, when no more is to be expected of it; it must not call
    // back.
    Pairing(OwnerFilter owners, Done done) : owners_(std::move(owners)), done_(std::move(done)) {}

    // Open and close events; others are not for it.
    void take(const Event &event);

    // All sockets that are open were told since the last call.
    void end_walk();

    // Lets go of ended sockets that waited long enough; `all`: of every one, at the end.
    void expire(WallTime now, bool all = false);

    // Every connection that is not done, in no order.
    template <typename Visit> void each(Visit visit) const {
        for (const auto *entries : {&live_, &waiting_})
            for (const Entry &entry : *entries)
                visit(entry.joined);
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::size_t size() const { return live_.size() + waiting_.size(); }

  private:
    struct Entry {
        Joined joined;
        bool listed = false;  // in by_key_: the tuple is this connection's
        bool waiting = false; // in waiting_, not in live_
    };
    using Place = std::list<Entry>::iterator;

    Place admit(const Event &event);
    Place create(const PairKey &key, Role role, Side side);
    void list(Place place);
    void unlist(Place place);
    void supersede(Place place);
    void make_ambiguous(const PairKey &key);
    void update(Side &side, const Event &event);
    void settle(Place place);
    void wait(Place place);
    void finish(Place place);

    OwnerFilter owners_;
    Done done_;
    std::uint64_t walk_ = 0;
    std::list<Entry> live_;
    std::list<Entry> waiting_;                       // one socket each, ended, oldest first
    std::unordered_map<std::uint64_t, Place> by_id_; // of sockets that were told as open
    std::unordered_multimap<PairKey, Place, LinkHash> by_key_; // several: ambiguous
};

} // namespace tcptrail
