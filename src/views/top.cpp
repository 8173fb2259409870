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
    Event &row = new_row();
    row = event;
    row.kind = EventKind::sample;
    row.moved = Moved{.tx_bytes = growth(outcome.tx_bytes, before.tx_bytes),
                      .rx_bytes = growth(outcome.rx_bytes, before.rx_bytes)};
    opened_ += entry == known_.end() && !event.existing ? 1 : 0;
    closed_ += ended ? 1 : 0;
    if (!ended)
        known_[event.id] = {.moved = before, .missing = 0};
    else if (entry != known_.end())
        known_.erase(entry);
}

// One that is missing may have been passed over while others came and went; of one that is missing
// again the close was lost.
void TopView::walked(bool /*spilled*/) {
    for (auto &[id, known] : known_)
        ++known.missing; // as it is to be again when it is shown
    std::erase_if(known_, [](const auto &entry) { return entry.second.missing > 2; });
}

Event &TopView::new_row() {
    const std::size_t chunk = count_ / chunk_size;
    if (chunk == chunks_.size())
        chunks_.push_back(std::make_unique<Chunk>());
    return (*chunks_[chunk])[count_++ % chunk_size];
}

// More than one event of a connection are one row, as the last one tells it.
std::vector<Event *> TopView::merged_rows() const {
    std::vector<Event *> rows;
    rows.reserve(count_);
    for (std::size_t i = 0; i < count_; i++)
        rows.push_back(&(*chunks_[i / chunk_size])[i % chunk_size]);
    const auto before = [](const Event *a, const Event *b) { return a->id < b->id; };
    if (!std::is_sorted(rows.begin(), rows.end(), before))
        std::stable_sort(rows.begin(), rows.end(), before);
    for (std::size_t i = 1; i < rows.size(); i++) {
        Event *&earlier = rows[i - 1];
        if (earlier->id != rows[i]->id)
            continue;
        rows[i]->moved->tx_bytes += earlier->moved->tx_bytes;
        rows[i]->moved->rx_bytes += earlier->moved->rx_bytes;
        earlier = nullptr;
    }
    return rows;
}

// Without --all the kernel tells nothing of what is open and idle.
Summary TopView::summary(const Moved &moved, std::chrono::nanoseconds time) const {
    Summary summary;
    summary.tx_bytes = bytes_per_second(moved.tx_bytes, time);
    summary.rx_bytes = bytes_per_second(moved.rx_bytes, time);
    summary.closed = per_second(closed_, time);
    if (!idle_)
        return summary;
    summary.open = known_.size();
    summary.opened = per_second(opened_, time);
    return summary;
}

std::string_view TopView::alarm(const Event &row) const {
    const End end = row.outcome ? row.outcome->end : End::open;
    const bool orderly = end == End::open || end == End::local || end == End::remote;
    return orderly ? "" : "end";
}

void TopView::report(const Report &report) {
    std::vector<const Event *> shown;
    shown.reserve(count_);
    Moved moved;
    for (Event *row : merged_rows()) {
        if (row == nullptr || (!idle_ && weight(*row) == 0))
            continue;
        row->time = report.time;
        moved.tx_bytes += row->moved->tx_bytes;
        moved.rx_bytes += row->moved->rx_bytes;
        shown.push_back(row);
    }
    show_table(std::move(shown), summary(moved, lap(report.time)));
    count_ = 0;
    opened_ = closed_ = 0;
}

} // namespace tcptrail
