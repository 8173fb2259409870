#include "output/formatter.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>

#include "output/csv.h"
#include "output/json.h"

namespace tcptrail {
namespace {

template <typename Row> using Sources = std::vector<const RowColumn<Row> *>;

template <typename Row> void add_once(Sources<Row> &sources, const RowColumn<Row> *column) {
    if (std::find(sources.begin(), sources.end(), column) == sources.end())
        sources.push_back(column);
}

// Appends the columns of these keys; the first that is unknown is the reason for a refusal.
template <typename Row, typename Keys>
[[nodiscard]] std::optional<std::string> add_keys(Sources<Row> &sources, const Keys &keys) {
    for (const std::string_view key : keys) {
        const RowColumn<Row> *column = find_column<Row>(key);
        if (column == nullptr) {
            std::string reason = "unknown column '" + std::string(key) + "', known are:";
            for (const RowColumn<Row> &known : columns_of<Row>())
                reason.append(" ").append(known.column.key);
            return reason;
        }
        add_once(sources, column);
    }
    return {};
}

// -T and -t: first in a table or before a list of -o, else at the end, where new JSON keys go.
template <typename Row> void add_time(Sources<Row> &sources, const OutputOptions &options) {
    if (options.time == TimeColumn::none)
        return;
    const bool clock = options.time == TimeColumn::clock;
    const RowColumn<Row> *column = find_column<Row>(clock ? "time" : "time_s");
    if (std::find(sources.begin(), sources.end(), column) != sources.end())
        return;
    const bool first = options.format == Format::table || !options.columns.empty();
    sources.insert(first ? sources.begin() : sources.end(), column);
}

template <typename Row>
[[nodiscard]] std::variant<Sources<Row>, std::string>
choose(const TableLayout &layout, const OutputOptions &options, std::size_t kind) {
    Sources<Row> sources;
    std::optional<std::string> refusal;
    if (!options.columns.empty()) {
        refusal = add_keys<Row>(sources, options.columns);
    } else if (options.format == Format::table) {
        refusal = add_keys<Row>(sources, layout.keys);
        if (!refusal && options.wide)
            refusal = add_keys<Row>(sources, layout.wide_keys);
    } else {
        // CSV has one header for all rows: the keys of the kind that has them all.
        sources = json_columns<Row>(options.format == Format::csv ? layout.csv_kind : kind);
    }
    add_time<Row>(sources, options);
    if (!refusal)
        refusal = add_keys<Row>(sources, options.added);
    if (refusal)
        return *std::move(refusal);
    return sources;
}

} // namespace

template <typename Row>
Formatter<Row>::Formatter(const OutputOptions &options, WallTime start, const Names *names)
    : format_(options.format),
      header_(options.header), style_{.wide = options.wide, .human = options.human, .names = names},
      clock_(start) {}

template <typename Row>
std::variant<Formatter<Row>, std::string> Formatter<Row>::make(const TableLayout &layout,
                                                               const OutputOptions &options,
                                                               WallTime start, const Names *names) {
    Formatter formatter(options, start, names);
    for (std::size_t i = 0; i < formatter.selections_.size(); ++i) {
        auto chosen = choose<Row>(layout, options, i);
        if (auto *refusal = std::get_if<std::string>(&chosen))
            return std::move(*refusal);
        Selection &selection = formatter.selections_.at(i);
        selection.sources = std::get<Sources<Row>>(std::move(chosen));
        for (const RowColumn<Row> *source : selection.sources)
            selection.columns.push_back(as_shown(source->column, formatter.style_));
        const std::size_t count = std::max(selection.columns.size(), formatter.cells_.size());
        formatter.cells_.resize(count);
        formatter.room_.resize(cell_room * count);
    }
    return formatter;
}

template <typename Row>
void Formatter<Row>::fit(std::span<const Row *const> rows, std::size_t room) {
    if (format_ != Format::table)
        return;
    const auto &sources = selections_.front().sources;
    const TokenWriter writer{.at = room_.data(), .width = 0, .style = style_, .clock = clock_};
    fitted_.resize(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
        fitted_[i] = std::max(fitted_[i], sources[i]->column.title.size());
        for (const Row *row : rows)
            fitted_[i] = std::max(fitted_[i], sources[i]->put(writer, *row).width);
        for (Selection &selection : selections_)
            selection.columns[i].width = static_cast<std::uint8_t>(fitted_[i]);
    }
    fitting_ = columns_that_fit(selections_.front().columns, room);
}

template <typename Row>
std::span<const Column> Formatter<Row>::shown(const Selection &selection) const {
    const std::span<const Column> all(selection.columns);
    return all.first(std::min(fitting_, all.size()));
}

template <typename Row> void Formatter<Row>::header(std::string &out) const {
    if (!header_)
        return;
    const auto columns = shown(selections_.front());
    if (format_ == Format::table)
        append_table_header(out, columns, style_);
    else if (format_ == Format::csv)
        append_csv_header(out, columns);
}

template <typename Row> void Formatter<Row>::line(std::string &out, const Row &row) {
    const Selection &selection = selections_.at(kind_of(row));
    char *const at = room_.data();
    const char *const end =
        format_ == Format::table
            ? put_table_line<Row>(at, shown(selection), selection.sources, row, style_, clock_)
            : put_cells(at, selection, row);
    out.append(at, static_cast<std::size_t>(end - at));
}

template <typename Row>
char *Formatter<Row>::put_cells(char *at, const Selection &selection, const Row &row) {
    const auto cells = std::span(cells_).first(selection.sources.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
        ::new (&cells[i]) Cell(selection.sources[i]->cell(row)); // in place, not copied
    return format_ == Format::json ? put_json_line(at, selection.columns, cells, clock_)
                                   : put_csv_line(at, cells, clock_);
}

template <typename Row> void Formatter<Row>::lost(std::string &out, const Loss &loss) const {
    if (format_ == Format::json)
        append_json_lost(out, loss);
}

template class Formatter<Event>;
template class Formatter<LinkRow>;

} // namespace tcptrail
