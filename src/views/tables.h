// What top and links have in common: a table that is printed again and again, sorted, cut to so
// many rows, and on a terminal drawn in place.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "output/formatter.h"
#include "output/screen.h"
#include "output/sink.h"
#include "views/view.h"

namespace tcptrail {

template <typename Row> class Tables : public View {
  public:
    // Largest `weight` first unless --sort names a column.
    using Weight = std::uint64_t (*)(const Row &);

    Tables(const Options &options, Formatter<Row> formatter, Sink &sink, Weight weight)
        : formatter_(std::move(formatter)), sink_(sink), weight_(weight),
          limit_(options.rows.limit),
          sorted_by_(options.rows.sort ? find_column<Row>(*options.rows.sort) : nullptr),
          in_place_(options.rows.clear && options.output.format == Format::table &&
                    screen_size(sink.fd()).has_value()) {}

    // Where it stands once above all tables.
    void begin() override {
        if (!in_place_)
            formatter_.header(sink_.buffer());
    }

    void lost(const Loss &loss) override { formatter_.lost(sink_.buffer(), loss); }

  protected:
    [[nodiscard]] bool in_place() const { return in_place_; }
    [[nodiscard]] const Names *names() const { return formatter_.names(); }

    // Those that are shown, in the order in which they are. Equal ones stay as they came.
    [[nodiscard]] std::vector<const Row *> arranged(std::vector<const Row *> rows) const {
        if (sorted_by_ != nullptr)
            std::stable_sort(rows.begin(), rows.end(), [this](const Row *a, const Row *b) {
                return sorts_before(sorted_by_->cell(*a), sorted_by_->cell(*b));
            });
        else
            sort_by_weight(rows);
        rows.resize(std::min<std::size_t>(rows.size(), limit_.value_or(rows.size())));
        return rows;
    }

    void show_table(std::vector<const Row *> rows) {
        rows = arranged(std::move(rows));
        if (in_place_)
            draw(rows);
        else
            append(sink_.buffer(), rows);
    }

  private:
    // Each row is weighed once.
    void sort_by_weight(std::vector<const Row *> &rows) const {
        std::vector<std::pair<std::uint64_t, const Row *>> weighed;
        weighed.reserve(rows.size());
        for (const Row *row : rows)
            weighed.emplace_back(weight_(*row), row);
        const auto heavier = [](const auto &a, const auto &b) { return a.first > b.first; };
        std::stable_sort(weighed.begin(), weighed.end(), heavier);
        std::transform(weighed.begin(), weighed.end(), rows.begin(),
                       [](const auto &each) { return each.second; });
    }

    void append(std::string &out, const std::vector<const Row *> &rows) {
        for (const Row *row : rows)
            formatter_.line(out, *row);
    }

    void draw(std::vector<const Row *> &rows) {
        const auto size = screen_size(sink_.fd()).value_or(ScreenSize{24, 80});
        constexpr std::size_t other_lines = 2; // the header, and where the cursor stands
        if (rows.size() + other_lines > size.rows)
            rows.resize(size.rows > other_lines ? size.rows - other_lines : 0);
        formatter_.fit(rows, size.columns);
        std::string lines;
        formatter_.header(lines);
        append(lines, rows);
        append_frame(sink_.buffer(), lines);
    }

    Formatter<Row> formatter_;
    Sink &sink_;
    Weight weight_;
    std::optional<std::uint64_t> limit_;
    const RowColumn<Row> *sorted_by_;
    bool in_place_;
};

} // namespace tcptrail
