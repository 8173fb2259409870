#include "views/top.h"

#include <algorithm>
#include <utility>

namespace tcptrail {
namespace {

constexpr std::chrono::milliseconds usual_interval{1000};

std::uint64_t weight(const Event &event) {
    return event.moved ? event.moved->tx_bytes + event.moved->rx_bytes : 0;
}

// Counters that are read while they change may be a byte ahead.
std::uint64_t growth(std::uint64_t now, std::uint64_t &before) {
    const std::uint64_t grown = now > before ? now - before : 0;
    before = std::max(now, before);
    return grown;
}

} // namespace

TopView::TopView(const Options &options, Formatter<Event> formatter, Sink &sink)
    : Tables(options, std::move(formatter), sink, weight),
      interval_(options.rows.interval.value_or(usual_interval)), idle_(options.rows.idle) {}

std::optional<std::chrono::milliseconds> TopView::interval() const {
    return interval_;
}

// A close comes at most once for a connection and last, an open event at each table.
void TopView::show(const Event &event) {
    if (!event.outcome)
        return;
    const Outcome &outcome = *event.outcome;
    const auto [entry, fresh] = known_.try_emplace(event.id);
    Known &known = entry->second;
    if (fresh)
        known.moved = {.tx_bytes = outcome.tx_before, .rx_bytes = outcome.rx_before};
    known.missing = 0;
    Moved moved{.tx_bytes = growth(outcome.tx_bytes, known.moved.tx_bytes),
                .rx_bytes = growth(outcome.rx_bytes, known.moved.rx_bytes)};
    if (event.kind == EventKind::close || event.state == TcpState::close)
        known_.erase(entry);
    Event &row = rows_[event.id];
    if (row.moved) {
        moved.tx_bytes += row.moved->tx_bytes;
        moved.rx_bytes += row.moved->rx_bytes;
    }
    row = event;
    row.kind = EventKind::sample;
    row.moved = moved;
}

// One that is missing may have been passed over while others came and went; of one that is missing
// again the close was lost.
void TopView::walked() {
    for (auto &[id, known] : known_)
        ++known.missing; // as it is to be again when it is shown
    std::erase_if(known_, [](const auto &entry) { return entry.second.missing > 2; });
}

void TopView::report(const Report &report) {
    std::vector<Event> rows;
    for (auto &[id, row] : rows_)
        if (idle_ || weight(row) != 0) {
            row.time = report.time;
            rows.push_back(std::move(row));
        }
    rows_.clear();
    std::sort(rows.begin(), rows.end(), [](const Event &a, const Event &b) { return a.id < b.id; });
    show_table(std::move(rows));
}

} // namespace tcptrail
