// Records -> events: gives each connection its id, joins late accepts with their closes, and
// applies the owner filters, which are sticky for a connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

#include "flow/event.h"
#include "flow/owner_match.h"
#include "flow/record.h"
#include "flow/unit.h"

namespace tcptrail {

// How long the close of a socket that nobody accepted waits for its accept.
inline constexpr std::chrono::seconds accept_grace{1};

class Connections {
  public:
    using Emit = std::function<void(const Event &)>;

    struct Scope {
        // Without closes nothing is remembered of a connection: it has one opening, and no end
        // to forget it at.
        bool closes = true;
        // The kernel lets only connections of certain processes pass, and those whose owner is
        // still to come: an event without an owner is nobody's.
        bool owned = false;
    };

    // `emit` gets the events that pass the filter, in the order they are known.
    Connections(OwnerFilter filter, Emit emit, Scope scope);
    Connections(OwnerFilter filter, Emit emit)
        : Connections(std::move(filter), std::move(emit), Scope{}) {}

    // `wall` is the wall clock's lead over the kernel's clock.
    void take(const Record &record, std::chrono::nanoseconds wall);

    // Lets go of closes that waited long enough for an accept; `all`: of every one, at the end.
    void expire(KernelTime now, std::chrono::nanoseconds wall, bool all = false);

    // Closes that still wait for an accept.
    [[nodiscard]] bool waiting() const { return !queued_.empty(); }

    // Connections whose opening was seen and whose close was not.
    [[nodiscard]] std::size_t open() const { return open_.size(); }

  private:
    struct Entry {
        KernelTime born{};
        std::uint64_t id = 0; // 0: none of its events was emitted
        bool opened = false;  // its connect or accept was taken
        Verdict verdict;
    };

    // What an accept told, for a close that raced with it and does not know.
    struct Accepted {
        SocketKey key;
        std::optional<Owner> owner;
        bool in_scope = false; // with that owner
        std::optional<std::chrono::nanoseconds> wait;
    };

    // A close that was told without waiting longer: its accept may still come.
    struct Expired {
        std::uint64_t sock = 0;
        Tuple tuple;
        std::uint64_t id = 0;
    };

    Entry &open_entry(const SocketKey &key);
    void emit(Entry &entry, Event &event); // with its id, if it passes

    void on(const ConnectRecord &record);
    void on(const AcceptRecord &record);
    void on(const CloseRecord &record);
    void on(const FailedRecord &record);
    void on(const OwnerRecord &record);
    void on(const SharedRecord &) {}
    void on(const SynRecord &) {}
    void on(const OpenRecord &record);
    void on(const CgroupRecord &record) { units_.take(record); }

    [[nodiscard]] std::optional<CloseRecord> take_queued(const AcceptRecord &record);
    void accept_queued(const AcceptRecord &record, CloseRecord close);
    void accept_closed(const AcceptRecord &record, Event &event);
    void release(const CloseRecord &record);
    std::uint64_t finish(const CloseRecord &record, Entry entry, const Accepted *accepted);
    [[nodiscard]] const Accepted *accepted(const SocketKey &key) const;
    [[nodiscard]] Event event_of(EventKind kind, KernelTime time, const Facts &facts) const;

    OwnerFilter filter_;
    Emit emit_;
    Scope scope_;
    Units units_;
    std::chrono::nanoseconds wall_{};
    std::uint64_t last_id_ = 0;
    std::unordered_map<std::uint64_t, Entry> open_;         // by sock
    std::unordered_map<std::uint64_t, CloseRecord> queued_; // by sock
    std::deque<SocketKey> queue_;                           // of queued_, oldest first
    std::deque<Expired> expired_;                           // oldest first, a bounded number
    std::deque<Accepted> accepted_;                         // likewise
};

} // namespace tcptrail
