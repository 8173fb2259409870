#include "views/links.h"

#include <utility>

#include <fmt/format.h>

#include "flow/link_map.h"
#include "output/dot.h"

namespace tcptrail {
namespace {

std::uint64_t weight(const LinkRow &row) {
    return row.tx_bytes + row.rx_bytes;
}

LinkFilter filter_of(const Options &options) {
    return {.owners = options.owners,
            .lports = options.birth.lports,
            .rports = options.birth.rports,
            .role = options.birth.role,
            .failed_only = options.failed_only};
}

} // namespace

LinksView::LinksView(const Options &options, Formatter<LinkRow> formatter, Sink &sink)
    : Tables(options, std::move(formatter), sink, weight), options_(options), sink_(sink),
      links_(filter_of(options), options.rows.max_links) {}

std::optional<std::chrono::milliseconds> LinksView::interval() const {
    constexpr std::chrono::milliseconds on_screen{1000};
    if (!options_.rows.interval && in_place())
        return on_screen;
    return options_.rows.interval;
}

void LinksView::show(const Event &event) {
    links_.expire(event.time);
    links_.take(event);
}

void LinksView::walked(bool spilled) {
    links_.end_walk(spilled);
}

// What was open before is new in the first table, and a link that turns out to be another one's
// takes connections away: what opened is not known then.
Summary LinksView::summary(const std::vector<LinkRow> &rows, std::chrono::nanoseconds time) {
    Totals now;
    for (const LinkRow &row : rows)
        now += Totals{.open = row.open,
                      .connections = row.connections,
                      .failed = row.failed,
                      .tx_bytes = row.tx_bytes,
                      .rx_bytes = row.rx_bytes};
    const auto before = std::exchange(before_, now);
    Summary summary;
    summary.open = now.open;
    const Totals from = before.value_or(Totals{});
    if (now.tx_bytes >= from.tx_bytes && now.rx_bytes >= from.rx_bytes) {
        summary.tx_bytes = bytes_per_second(now.tx_bytes - from.tx_bytes, time);
        summary.rx_bytes = bytes_per_second(now.rx_bytes - from.rx_bytes, time);
    }
    const std::uint64_t ended = now.connections - now.open;
    const std::uint64_t ended_before = from.connections - from.open;
    if (before && now.connections >= from.connections && ended >= ended_before) {
        summary.opened = per_second(now.connections - from.connections, time);
        summary.closed = per_second(ended - ended_before, time);
    }
    return summary;
}

std::string_view LinksView::alarm(const LinkRow &row) const {
    return row.failed != 0 ? "failed" : "";
}

void LinksView::show_rows(const std::vector<LinkRow> &rows, WallTime time) {
    std::vector<const LinkRow *> all;
    all.reserve(rows.size());
    for (const LinkRow &row : rows)
        all.push_back(&row);
    if (options_.output.format == Format::dot)
        append_dot(sink_.buffer(), map_of(arranged(std::move(all))), time, names());
    else
        show_table(std::move(all), summary(rows, lap(time)));
}

void LinksView::report(const Report &report) {
    links_.set_spills(report.spills);
    links_.expire(report.time);
    show_rows(links_.rows(report.time), report.time);
    if (links_.folded() == 0 || std::exchange(folding_told_, true))
        return;
    diag_.problem(fmt::format("more than {} links: the smallest are summed in the row `other`; "
                              "--max-links keeps more",
                              options_.rows.max_links));
}

} // namespace tcptrail
