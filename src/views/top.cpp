#include "views/top.h"

#include <algorithm>
#include <utility>

namespace tcptrail {
namespace {

constexpr std::chrono::milliseconds usual_interval{1000};

constexpr std::uint64_t merged = 0; // no connection has this id

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

// A close comes at most once for a connection and last, an open event at each table. Most
// connections are too short for a table before their close, and need not be known.
void TopView::show(const Event &event) {
    if (!event.outcome)
        return;
    const Outcome &outcome = *event.outcome;
    const bool ended = event.kind == EventKind::close || event.state == TcpState::close;
    const auto entry = known_.find(event.id);
    Moved before{.tx_bytes = outcome.tx_before, .rx_bytes = outcome.rx_before};
    if (entry != known_.end())
        before = entry->second.moved;
    Event &row = rows_.emplace_back(event);
    row.kind = EventKind::sample;
    row.moved = Moved{.tx_bytes = growth(outcome.tx_bytes, before.tx_bytes),
                      .rx_bytes = growth(outcome.rx_bytes, before.rx_bytes)};
    if (!ended)
        known_[event.id] = {.moved = before, .missing = 0};
    else if (entry != known_.end())
        known_.erase(entry);
}

// One that is missing may have been passed over while others came and went; of one that is missing
// again the close was lost.
void TopView::walked() {
    for (auto &[id, known] : known_)
        ++known.missing; // as it is to be again when it is shown
    std::erase_if(known_, [](const auto &entry) { return entry.second.missing > 2; });
}

// More than one event of a connection are one row, as the last one tells it.
void TopView::merge_rows() {
    const auto before = [](const Event &a, const Event &b) { return a.id < b.id; };
    if (!std::is_sorted(rows_.begin(), rows_.end(), before))
        std::stable_sort(rows_.begin(), rows_.end(), before);
    for (std::size_t i = 1; i < rows_.size(); i++) {
        Event &earlier = rows_[i - 1];
        if (earlier.id != rows_[i].id)
            continue;
        rows_[i].moved->tx_bytes += earlier.moved->tx_bytes;
        rows_[i].moved->rx_bytes += earlier.moved->rx_bytes;
        earlier.id = merged;
    }
}

void TopView::report(const Report &report) {
    merge_rows();
    std::erase_if(rows_, [this](const Event &row) {
        return row.id == merged || (!idle_ && weight(row) == 0);
    });
    for (Event &row : rows_)
        row.time = report.time;
    show_table(rows_);
    rows_.clear();
}

} // namespace tcptrail
