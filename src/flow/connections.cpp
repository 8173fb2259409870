#include "flow/connections.h"

#include <algorithm>

namespace tcptrail {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

namespace {

// Accepts later than the grace are rare; so many of the last closes are remembered for them.
constexpr std::size_t expired_kept = 1024;
// A close that raced with its accept comes next to it; so many of the last accepts are remembered.
constexpr std::size_t accepted_kept = 1024;

std::optional<microseconds> to_us(std::optional<nanoseconds> time) {
    if (!time)
        return std::nullopt;
    return duration_cast<microseconds>(*time);
}

} // namespace

Connections::Connections(OwnerFilter filter, Emit emit, Scope scope)
    : filter_(std::move(filter)), emit_(std::move(emit)), scope_(scope) {}

void Connections::take(const Record &record, nanoseconds wall) {
    wall_ = wall;
    std::visit([this](const auto &kind) { on(kind); }, record);
    if (!scope_.closes)
        open_.clear();
}

// An entry of the same socket with another birth is a connection whose close was lost.
Connections::Entry &Connections::open_entry(const SocketKey &key) {
    Entry &entry = open_[key.sock];
    if (entry.born != key.born) {
        entry = Entry{};
        entry.born = key.born;
    }
    return entry;
}

Event Connections::event_of(EventKind kind, KernelTime time, const Facts &facts) const {
    Event event;
    event.kind = kind;
    event.time = WallTime(time + wall_);
    event.role = facts.role;
    event.role_inferred = facts.role_inferred;
    event.existing = facts.existing;
    event.in_scope = facts.in_scope;
    event.owner = facts.owner;
    event.tuple = facts.tuple;
    event.netns = facts.netns;
    return event;
}

void Connections::emit(Entry &entry, Event &event) {
    judge(filter_, event.owner, entry.verdict);
    if (!entry.verdict.shows() || (scope_.owned && !event.owner))
        return;
    if (entry.id == 0)
        entry.id = ++last_id_;
    event.id = entry.id;
    if (event.owner && units_.any())
        event.unit = units_.of(*event.owner);
    emit_(event);
}

void Connections::on(const ConnectRecord &record) {
    Entry &entry = open_entry(record.key);
    if (entry.opened)
        return; // told twice, by the socket's next event and by the question for its port
    entry.opened = true;
    Event event = event_of(EventKind::connect, record.time, record.facts);
    event.state = TcpState::syn_sent;
    emit(entry, event);
}

// Which of the two came first says nothing: a close may have been told without its owner while
// the accept was on its way, or the accept found the socket closed.
std::optional<CloseRecord> Connections::take_queued(const AcceptRecord &record) {
    const auto found = queued_.find(record.key.sock);
    if (found == queued_.end() || found->second.facts.tuple != record.facts.tuple)
        return std::nullopt;
    // One that found no entry in the kernel's table made a new birth, or none.
    if (found->second.key != record.key && record.key.born != KernelTime{} &&
        !record.facts.existing)
        return std::nullopt;
    CloseRecord close = found->second;
    queued_.erase(found);
    return close;
}

void Connections::on(const AcceptRecord &record) {
    if (auto close = take_queued(record)) {
        accept_queued(record, *close);
        return;
    }
    Event event = event_of(EventKind::accept, record.time, record.facts);
    event.state = record.state;
    event.accept_wait = to_us(record.wait);
    if (record.state == TcpState::close) {
        accept_closed(record, event);
        return;
    }
    Entry &entry = open_entry(record.key);
    entry.opened = true;
    accepted_.push_back({.key = record.key,
                         .owner = record.facts.owner,
                         .in_scope = record.facts.in_scope,
                         .wait = record.wait});
    if (accepted_.size() > accepted_kept)
        accepted_.pop_front();
    emit(entry, event);
}

const Connections::Accepted *Connections::accepted(const SocketKey &key) const {
    const auto found = std::find_if(accepted_.rbegin(), accepted_.rend(),
                                    [&key](const Accepted &each) { return each.key == key; });
    return found != accepted_.rend() ? &*found : nullptr;
}

void Connections::accept_queued(const AcceptRecord &record, CloseRecord close) {
    Entry entry;
    close.facts.owner = record.facts.owner;
    close.facts.in_scope = record.facts.in_scope;
    close.accept_wait = record.wait;
    if (close.established)
        close.accept_wait = record.time - *close.established;
    Event event = event_of(EventKind::accept, record.time, close.facts);
    event.state = TcpState::close;
    event.accept_wait = to_us(close.accept_wait);
    emit(entry, event);
    finish(close, entry, nullptr);
}

// Its close was told without an owner, or came before tracing began.
void Connections::accept_closed(const AcceptRecord &record, Event &event) {
    Entry entry;
    const auto told = std::find_if(expired_.begin(), expired_.end(), [&](const Expired &close) {
        return close.sock == record.key.sock && close.tuple == record.facts.tuple;
    });
    if (told != expired_.end()) {
        entry.id = told->id;
        event.existing = false;
        expired_.erase(told);
    }
    emit(entry, event);
}

void Connections::on(const CloseRecord &record) {
    Entry entry;
    const auto known = open_.find(record.key.sock);
    if (known != open_.end() && known->second.born == record.key.born) {
        entry = known->second;
        open_.erase(known);
    }
    const bool complete = record.facts.owner && (record.accept_wait || record.facts.existing);
    const Accepted *told =
        complete || record.facts.role == Role::client ? nullptr : accepted(record.key);
    const bool may_be_accepted = record.queued && record.outcome.end != End::unaccepted;
    if (!may_be_accepted || record.facts.owner || (told != nullptr && told->owner)) {
        finish(record, entry, told);
        return;
    }
    // An earlier one at this address was never accepted, or the address were not free.
    const auto earlier = queued_.find(record.key.sock);
    if (earlier != queued_.end())
        release(earlier->second);
    queued_[record.key.sock] = record;
    queue_.push_back(record.key);
}

// `accepted`: what the accept told, if it did. Returns the id it was told with, 0: it was not.
std::uint64_t Connections::finish(const CloseRecord &record, Entry entry,
                                  const Accepted *accepted) {
    Event event = event_of(EventKind::close, record.time, record.facts);
    event.accept_wait = to_us(record.accept_wait);
    if (accepted != nullptr && !event.owner && accepted->owner) {
        event.owner = accepted->owner;
        event.in_scope = accepted->in_scope;
    }
    if (accepted != nullptr && !event.accept_wait)
        event.accept_wait = to_us(accepted->wait);
    event.outcome = record.outcome;
    emit(entry, event);
    return entry.id;
}

// Tells a queued close without an owner.
void Connections::release(const CloseRecord &record) {
    const Expired expired{record.key.sock, record.facts.tuple, finish(record, Entry{}, nullptr)};
    expired_.push_back(expired);
    if (expired_.size() > expired_kept)
        expired_.pop_front();
}

void Connections::on(const FailedRecord &record) {
    Entry entry;
    Event event = event_of(EventKind::close, record.time, record.facts);
    event.outcome = Outcome{};
    event.outcome->end = End::failed;
    event.outcome->error = record.error;
    emit(entry, event);
}

void Connections::on(const OwnerRecord &record) {
    if (filters_owners(filter_))
        judge(filter_, record.owner, open_entry(record.key).verdict);
}

void Connections::on(const OpenRecord &record) {
    Entry &entry = open_entry(record.key);
    Event event = event_of(EventKind::open, record.time, record.facts);
    event.state = record.state;
    event.outcome = record.outcome;
    event.accept_wait = to_us(record.accept_wait);
    emit(entry, event);
    if (record.state == TcpState::close)
        open_.erase(record.key.sock);
}

void Connections::expire(KernelTime now, nanoseconds wall, bool all) {
    wall_ = wall;
    while (!queue_.empty()) {
        const auto waiting = queued_.find(queue_.front().sock);
        const bool gone = waiting == queued_.end() || waiting->second.key != queue_.front();
        if (!gone && !all && now - waiting->second.time < accept_grace)
            return;
        queue_.pop_front();
        if (gone)
            continue;
        const CloseRecord close = waiting->second;
        queued_.erase(waiting);
        release(close);
    }
}

} // namespace tcptrail
