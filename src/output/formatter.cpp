#include "output/formatter.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "output/csv.h"
#include "output/json.h"
#include "output/table.h"

namespace tcptrail {
namespace {

using Sources = std::vector<const EventColumn *>;

void add_once(Sources &sources, const EventColumn *column) {
    if (std::find(sources.begin(), sources.end(), column) == sources.end())
        sources.push_back(column);
}

// Appends the columns of these keys; the first that is unknown is the reason for a refusal.
template <typename Keys>
[[nodiscard]] std::optional<std::string> add_keys(Sources &sources, const Keys &keys) {
    for (const std::string_view key : keys) {
        const EventColumn *column = find_event_column(key);
        if (column == nullptr) {
            std::string reason = "unknown column '" + std::string(key) + "', known are:";
            for (const EventColumn &known : event_columns())
                reason.append(" ").append(known.column.key);
            return reason;
        }
        add_once(sources, column);
    }
    return {};
}

// -T and -t: first in a table or before a list of -o, else at the end, where new JSON keys go.
void add_time(Sources &sources, const OutputOptions &options) {
    if (options.time == TimeColumn::none)
        return;
    const bool clock = options.time == TimeColumn::clock;
    const EventColumn *column = find_event_column(clock ? "time" : "time_s");
    if (std::find(sources.begin(), sources.end(), column) != sources.end())
        return;
    const bool first = options.format == Format::table || !options.columns.empty();
    sources.insert(first ? sources.begin() : sources.end(), column);
}

[[nodiscard]] std::variant<Sources, std::string>
choose(const TableLayout &layout, const OutputOptions &options, EventKind kind) {
    Sources sources;
    std::optional<std::string> refusal;
    if (!options.columns.empty()) {
        refusal = add_keys(sources, options.columns);
    } else if (options.format == Format::table) {
        refusal = add_keys(sources, layout.keys);
        if (!refusal && options.wide)
            refusal = add_keys(sources, layout.wide_keys);
    } else {
        // CSV has one header for all events: the keys of the event that has them all.
        sources = json_columns(options.format == Format::csv ? EventKind::close : kind);
    }
    add_time(sources, options);
    if (!refusal)
        refusal = add_keys(sources, options.added);
    if (refusal)
        return *std::move(refusal);
    return sources;
}

} // namespace

Formatter::Formatter(const OutputOptions &options, WallTime start)
    : format_(options.format), header_(options.header), wide_(options.wide), clock_(start) {}

std::variant<Formatter, std::string> Formatter::make(const TableLayout &layout,
                                                     const OutputOptions &options, WallTime start) {
    Formatter formatter(options, start);
    for (std::size_t i = 0; i < formatter.selections_.size(); ++i) {
        auto chosen = choose(layout, options, static_cast<EventKind>(i));
        if (auto *refusal = std::get_if<std::string>(&chosen))
            return std::move(*refusal);
        Selection &selection = formatter.selections_[i];
        selection.sources = std::get<Sources>(std::move(chosen));
        for (const EventColumn *source : selection.sources)
            selection.columns.push_back(&source->column);
    }
    return formatter;
}

void Formatter::header(std::string &out) const {
    if (!header_)
        return;
    const auto &columns = selections_.front().columns;
    if (format_ == Format::table)
        append_table_header(out, columns, wide_);
    else if (format_ == Format::csv)
        append_csv_header(out, columns);
}

void Formatter::line(std::string &out, const Event &event) {
    const Selection &selection = selections_.at(static_cast<std::size_t>(event.kind));
    cells_.clear();
    for (const EventColumn *source : selection.sources)
        cells_.push_back(source->cell(event));
    if (const std::size_t room = line_room(cells_); room > room_.size())
        room_.resize(room);
    const char *const end = put_line(room_.data(), selection.columns);
    out.append(room_.data(), static_cast<std::size_t>(end - room_.data()));
}

char *Formatter::put_line(char *at, std::span<const Column *const> columns) {
    switch (format_) {
    case Format::table:
        return put_table_line(at, columns, cells_, wide_, clock_);
    case Format::json:
        return put_json_line(at, columns, cells_, clock_);
    case Format::csv:
        return put_csv_line(at, cells_, clock_);
    }
    return at;
}

void Formatter::lost(std::string &out, const Loss &loss) const {
    if (format_ == Format::json)
        append_json_lost(out, loss);
}

} // namespace tcptrail
