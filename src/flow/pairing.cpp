#include "flow/pairing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "flow/ending.h"

namespace tcptrail {
namespace {

bool is_open(const std::optional<Side> &side) {
    return side && side->state == Side::State::open;
}

std::optional<Side> &side_of(Joined &joined, Role role) {
    return role == Role::client ? joined.client : joined.server;
}

std::uint64_t since(std::uint64_t bytes, std::uint64_t before) {
    return bytes - std::min(bytes, before);
}

} // namespace

bool Joined::open() const {
    return is_open(client) || is_open(server);
}

void Pairing::take(const Event &event) {
    if (event.kind != EventKind::open && event.kind != EventKind::close)
        return;
    const auto known = by_id_.find(event.id);
    const auto place = known != by_id_.end() ? known->second : admit(event);
    Joined &joined = place->joined;
    const bool is_client = joined.client && joined.client->id == event.id;
    Side &side = is_client ? *joined.client : *joined.server;
    update(side, event);
    if (known == by_id_.end() && side.state == Side::State::open)
        by_id_.emplace(event.id, place); // of it more will be told
    settle(place);
}

Pairing::Place Pairing::admit(const Event &event) {
    const PairKey key = pair_key(event);
    Side side;
    side.id = event.id;
    side.netns = event.netns;
    if (!key.complete())
        return create(key, event.role, side);
    bool ambiguous = false;
    auto peer = live_.end();
    for (auto [next, end] = by_key_.equal_range(key); next != end;) {
        const auto place = (next++)->second;
        const std::optional<Side> &rival = side_of(place->joined, event.role);
        if (rival && (!is_open(rival) || rival->netns == event.netns)) {
            supersede(place);
            continue;
        }
        ambiguous = ambiguous || rival || place->joined.ambiguous;
        peer = place;
    }
    if (!ambiguous && peer != live_.end()) {
        if (peer->waiting)
            live_.splice(live_.end(), waiting_, peer);
        peer->waiting = false;
        side_of(peer->joined, event.role) = side;
        return peer;
    }
    const auto place = create(key, event.role, side);
    list(place);
    if (ambiguous)
        make_ambiguous(key);
    return place;
}

Pairing::Place Pairing::create(const PairKey &key, Role role, Side side) {
    const auto place = live_.emplace(live_.end());
    place->joined.key = key;
    side_of(place->joined, role) = side;
    return place;
}

void Pairing::list(Place place) {
    place->listed = true;
    by_key_.emplace(place->joined.key, place);
}

void Pairing::unlist(Place place) {
    if (!place->listed)
        return;
    place->listed = false;
    const auto [begin, end] = by_key_.equal_range(place->joined.key);
    by_key_.erase(
        std::find_if(begin, end, [place](const auto &entry) { return entry.second == place; }));
}

// Its tuple is used again. What is still open of it is a socket whose close is late or lost.
void Pairing::supersede(Place place) {
    unlist(place);
    if (!place->joined.open())
        finish(place);
}

void Pairing::make_ambiguous(const PairKey &key) {
    std::vector<Place> pairs;
    for (auto [next, end] = by_key_.equal_range(key); next != end; ++next) {
        Joined &joined = next->second->joined;
        joined.ambiguous = true;
        if (joined.client && joined.server)
            pairs.push_back(next->second);
    }
    for (const Place pair : pairs) {
        const auto apart =
            create(key, Role::server, *std::exchange(pair->joined.server, std::nullopt));
        if (const auto known = by_id_.find(apart->joined.server->id); known != by_id_.end())
            known->second = apart;
        apart->joined.ambiguous = true;
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

void Pairing::settle(Place place) {
    const Joined &joined = place->joined;
    if (joined.open())
        return;
    const std::optional<Side> &side = joined.client ? joined.client : joined.server;
    const bool single = !joined.client || !joined.server;
    if (place->listed && single && side->state == Side::State::ended)
        wait(place);
    else
        finish(place);
}

void Pairing::wait(Place place) {
    if (place->waiting)
        return;
    place->waiting = true;
    waiting_.splice(waiting_.end(), live_, place);
    if (waiting_.size() > waiting_max)
        finish(waiting_.begin());
}

void Pairing::finish(Place place) {
    unlist(place);
    if (!by_id_.empty())
        for (const auto *side : {&place->joined.client, &place->joined.server})
            if (*side)
                by_id_.erase((*side)->id);
    std::list<Entry> last;
    last.splice(last.end(), place->waiting ? waiting_ : live_, place);
    done_(place->joined);
}

void Pairing::end_walk() {
    for (auto next = live_.begin(); next != live_.end();) {
        const auto place = next++;
        bool missed = false;
        for (auto *side : {&place->joined.client, &place->joined.server}) {
            if (!is_open(*side) || walk_ - (*side)->told < missed_walks)
                continue;
            (*side)->state = Side::State::lost;
            missed = true;
        }
        if (missed)
            settle(place);
    }
    ++walk_;
}

void Pairing::expire(WallTime now, bool all) {
    while (!waiting_.empty()) {
        const Joined &joined = waiting_.front().joined;
        const Side &side = joined.client ? *joined.client : *joined.server;
        if (!all && now - side.ended < grace)
            return;
        finish(waiting_.begin());
    }
}

} // namespace tcptrail
