// Rows to lines: which columns a run shows, in which format.
#pragma once

#include <array>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "flow/event.h"
#include "options.h"
#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"
#include "output/table.h"

namespace tcptrail {

// For Event and LinkRow.
template <typename Row> class Formatter {
  public:
    // `start` is the zero of -t. With `names`, which must outlive it, a table shows them. A string
    // is the reason for a refusal (an unknown column), one line.
    [[nodiscard]] static std::variant<Formatter, std::string> make(const TableLayout &layout,
                                                                   const OutputOptions &options,
                                                                   WallTime start,
                                                                   const Names *names);

    // From now on a table's columns are as wide as they have to be for these rows, and were before,
    // and there are only so many as fit in a line of `room` characters.
    void fit(std::span<const Row *const> rows, std::size_t room);

    // Those that a table has now.
    [[nodiscard]] std::span<const Column> shown() const { return shown(selections_.front()); }

    // The header line; nothing for JSON or if it is not wanted.
    void header(std::string &out) const;

    void line(std::string &out, const Row &row);

    // In JSON only; elsewhere losses are for stderr alone.
    void lost(std::string &out, const Loss &loss) const;

    [[nodiscard]] const Names *names() const { return style_.names; }

  private:
    // The columns of one kind of row, and the same as the writers take them.
    struct Selection {
        std::vector<const RowColumn<Row> *> sources;
        std::vector<Column> columns; // as wide as this run shows them
    };

    Formatter(const OutputOptions &options, WallTime start, const Names *names);

    // As the put functions of text.h; in JSON or CSV.
    [[nodiscard]] char *put_cells(char *at, const Selection &selection, const Row &row);
    [[nodiscard]] std::span<const Column> shown(const Selection &selection) const;

    Format format_;
    bool header_;
    TableStyle style_;
    Clock clock_;
    std::size_t fitting_ = SIZE_MAX;                    // so many columns
    std::vector<std::size_t> fitted_;                   // widths that rows needed until now
    std::array<Selection, kinds_of<Row>> selections_{}; // the same for each but for JSON's defaults
    std::vector<Cell> cells_;                           // for the longest line, of JSON or CSV
    std::vector<char> room_;                            // for the longest line
};

extern template class Formatter<Event>;
extern template class Formatter<LinkRow>;

} // namespace tcptrail
