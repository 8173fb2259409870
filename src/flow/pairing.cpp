#include "flow/pairing.h"

#include <algorithm>
#include <utility>

#include "flow/ending.h"

namespace tcptrail {
namespace {

bool is_open(const std::optional<Side> &side) {
    return side && side->state == Side::State::open;
}

std::optional<Side> &side_of(Joined &joined, Role role) {
    return role == Role::client ? joined.client : joined.server;
}

const std::optional<Side> &side_of(const Joined &joined, Role role) {
    return role == Role::client ? joined.client : joined.server;
}

// The number of an entry's socket in by_id_.
Chains::Number socket(Chains::Number entry, Role role) {
    return 2 * entry + (role == Role::server ? 1 : 0);
}

std::uint64_t since(std::uint64_t bytes, std::uint64_t before) {
    return bytes - std::min(bytes, before);
}

} // namespace

bool Joined::open() const {
    return is_open(client) || is_open(server);
}

void Pairing::take(const Event &event, const PairKey &key) {
    if (event.kind != EventKind::open && event.kind != EventKind::close)
        return;
    const auto known = find(event.id);
    const Number number = known ? *known : admit(event, key);
    Joined &joined = entries_[number].joined;
    const bool is_client = joined.client && joined.client->id == event.id;
    Side &side = is_client ? *joined.client : *joined.server;
    update(side, event);
    if (!known && side.state == Side::State::open) // of it more will be told
        by_id_.insert(socket(number, is_client ? Role::client : Role::server), event.id);
    settle(number);
}

std::optional<Pairing::Number> Pairing::find(std::uint64_t id) const {
    for (Number each = by_id_.first(id); each != Chains::none; each = by_id_.next(each)) {
        const Joined &joined = entries_[each / 2].joined;
        if ((each % 2 == 0 ? joined.client : joined.server)->id == id)
            return each / 2;
    }
    return std::nullopt;
}

Pairing::Number Pairing::admit(const Event &event, const PairKey &key) {
    Side side;
    side.id = event.id;
    side.netns = event.netns;
    if (!key.complete())
        return create(key, event.role, side);
    bool ambiguous = false;
    Number peer = Chains::none;
    for (Number next = by_key_.first(LinkHash{}(key)); next != Chains::none;) {
        const Number number = std::exchange(next, by_key_.next(next));
        const Joined &joined = entries_[number].joined;
        if (joined.key != key)
            continue;
        const std::optional<Side> &rival = side_of(joined, event.role);
        if (rival && (!is_open(rival) || rival->netns == event.netns)) {
            supersede(number);
            continue;
        }
        ambiguous = ambiguous || rival || joined.ambiguous;
        peer = number;
    }
    if (!ambiguous && peer != Chains::none) {
        Entry &entry = entries_[peer];
        if (std::exchange(entry.waiting, false)) {
            remove(waiting_, peer);
            append(live_, peer);
        }
        side_of(entry.joined, event.role) = side;
        return peer;
    }
    const Number number = create(key, event.role, side);
    list(number);
    if (ambiguous)
        make_ambiguous(key);
    return number;
}

Pairing::Number Pairing::create(const PairKey &key, Role role, const Side &side) {
    auto number = static_cast<Number>(entries_.size());
    if (free_.empty()) {
        entries_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    Joined &joined = entries_[number].joined;
    joined.key = key;
    side_of(joined, role) = side;
    append(live_, number);
    return number;
}

void Pairing::append(Row &row, Number number) {
    Entry &entry = entries_[number];
    entry.before = std::exchange(row.last, number);
    entry.after = Chains::none;
    (entry.before != Chains::none ? entries_[entry.before].after : row.first) = number;
    ++row.size;
}

void Pairing::remove(Row &row, Number number) {
    const Entry &entry = entries_[number];
    (entry.before != Chains::none ? entries_[entry.before].after : row.first) = entry.after;
    (entry.after != Chains::none ? entries_[entry.after].before : row.last) = entry.before;
    --row.size;
}

void Pairing::list(Number number) {
    Entry &entry = entries_[number];
    entry.listed = true;
    by_key_.insert(number, LinkHash{}(entry.joined.key));
}

void Pairing::unlist(Number number) {
    if (std::exchange(entries_[number].listed, false))
        by_key_.erase(number);
}

// Its tuple is used again. What is still open of it is a socket whose close is late or lost.
void Pairing::supersede(Number number) {
    unlist(number);
    if (!entries_[number].joined.open())
        finish(number);
}

void Pairing::make_ambiguous(const PairKey &key) {
    std::vector<Number> pairs;
    for (Number next = by_key_.first(LinkHash{}(key)); next != Chains::none;
         next = by_key_.next(next)) {
        Joined &joined = entries_[next].joined;
        if (joined.key != key)
            continue;
        joined.ambiguous = true;
        if (joined.client && joined.server)
            pairs.push_back(next);
    }
    for (const Number pair : pairs) {
        const Side server = *std::exchange(entries_[pair].joined.server, std::nullopt);
        const Number apart = create(key, Role::server, server);
        if (by_id_.erase(socket(pair, Role::server)))
            by_id_.insert(socket(apart, Role::server), server.id);
        entries_[apart].joined.ambiguous = true;
        list(apart);
        settle(apart);
        settle(pair);
    }
}

void Pairing::update(Side &side, const Event &event) {
    judge(owners_, event.owner, side.verdict);
    side.in_scope = side.in_scope || event.in_scope;
    if (event.owner)
        side.comm = event.owner->comm;
    if (side.state == Side::State::ended)
        return; // its close was told already, and has the last numbers
    const Outcome outcome = event.outcome.value_or(Outcome{});
    const std::uint64_t tx_bytes = since(outcome.tx_bytes, outcome.tx_before);
    const std::uint64_t rx_bytes = since(outcome.rx_bytes, outcome.rx_before);
    // In state CLOSE its close was not seen, and these are the last numbers there will be.
    if (event.kind == EventKind::open && event.state != TcpState::close) {
        // A sample is read without the socket's lock and may be behind an earlier one.
        side.tx_bytes = std::max(side.tx_bytes, tx_bytes);
        side.rx_bytes = std::max(side.rx_bytes, rx_bytes);
        side.state = Side::State::open;
        side.told = walk_;
        return;
    }
    side.tx_bytes = tx_bytes;
    side.rx_bytes = rx_bytes;
    side.failed = never_established(event.role, outcome);
    side.orderly = is_orderly(outcome.end);
    side.state = Side::State::ended;
    side.ended = event.time;
}

void Pairing::settle(Number number) {
    const Entry &entry = entries_[number];
    const Joined &joined = entry.joined;
    if (joined.open())
        return;
    const std::optional<Side> &side = joined.client ? joined.client : joined.server;
    const bool single = !joined.client || !joined.server;
    if (entry.listed && single && side->state == Side::State::ended)
        wait(number);
    else
        finish(number);
}

void Pairing::wait(Number number) {
    if (std::exchange(entries_[number].waiting, true))
        return;
    remove(live_, number);
    append(waiting_, number);
    if (waiting_.size > waiting_max)
        finish(waiting_.first);
}

void Pairing::finish(Number number) {
    unlist(number);
    by_id_.erase(socket(number, Role::client));
    by_id_.erase(socket(number, Role::server));
    Entry &entry = entries_[number];
    remove(entry.waiting ? waiting_ : live_, number);
    done_(entry.joined);
    entry = Entry{};
    free_.push_back(number);
}

void Pairing::end_walk(bool spilled) {
    for (Number next = live_.first; next != Chains::none;) {
        const Number number = std::exchange(next, entries_[next].after);
        Joined &joined = entries_[number].joined;
        bool missed = false;
        for (auto *side : {&joined.client, &joined.server}) {
            if (!is_open(*side) || walk_ - (*side)->told < missed_walks)
                continue;
            (*side)->state = spilled ? Side::State::lost : Side::State::ended;
            missed = true;
        }
        if (missed)
            settle(number);
    }
    ++walk_;
}

void Pairing::expire(WallTime now, bool all) {
    while (waiting_.first != Chains::none) {
        const Joined &joined = entries_[waiting_.first].joined;
        const Side &side = joined.client ? *joined.client : *joined.server;
        if (!all && now - side.ended < grace)
            return;
        finish(waiting_.first);
    }
}

} // namespace tcptrail
