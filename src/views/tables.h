// What top and links have in common: a table that is printed again and again, sorted, cut to so
// many rows, and on a terminal drawn in place, with its sums above, and by keys in another order.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/formatter.h"
#include "output/screen.h"
#include "output/sink.h"
#include "output/summary.h"
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
          headed_(options.output.header),
          in_place_(options.rows.clear && options.output.format == Format::table &&
                    screen_size(sink.fd()).has_value()) {}

    // Where the header stands once above all tables.
    void begin() override {
        lap_began_ = std::chrono::system_clock::now();
        if (!in_place_)
            formatter_.header(sink_.buffer());
    }

    void lost(const Loss &loss) override { formatter_.lost(sink_.buffer(), loss); }

    [[nodiscard]] bool takes_keys() const override { return in_place_; }
    void offer_keys() override { has_keys_ = true; }
    void press(Key key) override {
        if (key == Key::next_sort)
            sorted_by_ = next_order();
        if (key == Key::reverse)
            reversed_ = !reversed_;
        if (key != Key::redraw)
            helps_ = key == Key::help && !helps_;
        std::vector<const Row *> rows;
        rows.reserve(last_.size());
        for (const Row &row : last_)
            rows.push_back(&row);
        draw(arranged(std::move(rows)));
    }

  protected:
    [[nodiscard]] bool in_place() const { return in_place_; }
    [[nodiscard]] const Names *names() const { return formatter_.names(); }

    // Those that are shown, in the order in which they are. Equal ones stay as they came, on a
    // screen by weight, too: there they are not to change places without a reason.
    [[nodiscard]] std::vector<const Row *> arranged(std::vector<const Row *> rows) const {
        if (sorted_by_ == nullptr || in_place_)
            sort_by_weight(rows);
        if (sorted_by_ != nullptr)
            std::stable_sort(rows.begin(), rows.end(), [this](const Row *a, const Row *b) {
                return sorts_before(sorted_by_->cell(*(reversed_ ? b : a)),
                                    sorted_by_->cell(*(reversed_ ? a : b)));
            });
        rows.resize(std::min<std::size_t>(rows.size(), limit_.value_or(rows.size())));
        return rows;
    }

    // Since the call before, or the beginning.
    [[nodiscard]] std::chrono::nanoseconds lap(WallTime now) {
        return now - std::exchange(lap_began_, now);
    }

    // A row is shown with an alarm in the column that has this key; none: empty.
    [[nodiscard]] virtual std::string_view alarm(const Row &row) const = 0;

    void show_table(std::vector<const Row *> rows, const Summary &summary) {
        if (!in_place_)
            return append(sink_.buffer(), arranged(std::move(rows)));
        summary_ = summary;
        last_.clear();
        if (has_keys_)
            std::transform(rows.begin(), rows.end(), std::back_inserter(last_),
                           [](const Row *row) { return *row; });
        draw(arranged(std::move(rows)));
    }

  private:
    // Each row is weighed once.
    void sort_by_weight(std::vector<const Row *> &rows) const {
        std::vector<std::pair<std::uint64_t, const Row *>> weighed;
        weighed.reserve(rows.size());
        for (const Row *row : rows)
            weighed.emplace_back(weight_(*row), row);
        const auto heavier = [this](const auto &a, const auto &b) {
            return reversed_ ? a.first < b.first : a.first > b.first;
        };
        std::stable_sort(weighed.begin(), weighed.end(), heavier);
        std::transform(weighed.begin(), weighed.end(), rows.begin(),
                       [](const auto &each) { return each.second; });
    }

    void append(std::string &out, const std::vector<const Row *> &rows) {
        for (const Row *row : rows)
            formatter_.line(out, *row);
    }

    // From the left to the right, then the order that no column has.
    [[nodiscard]] const RowColumn<Row> *next_order() const {
        const auto shown = formatter_.shown();
        std::size_t next = 0;
        if (sorted_by_ != nullptr)
            next = place_of(sorted_by_->column.key).value_or(shown.size()) + 1;
        return next < shown.size() ? find_column<Row>(shown[next].key) : nullptr;
    }

    // Of the column with this key in a line.
    [[nodiscard]] std::optional<std::size_t> place_of(std::string_view key) const {
        const auto shown = formatter_.shown();
        const auto found = std::find_if(shown.begin(), shown.end(),
                                        [key](const Column &column) { return column.key == key; });
        if (found == shown.end())
            return std::nullopt;
        return static_cast<std::size_t>(found - shown.begin());
    }

    void paint(std::string &lines, std::string_view key, Paint paint) const {
        const auto place = place_of(key);
        if (place && paints_)
            paint_word(lines, *place, paint);
    }

    void append_summary(std::string &lines, std::size_t room) const {
        std::string order(sorted_by_ != nullptr ? sorted_by_->column.title : "TX+RX");
        if (reversed_)
            order += " reversed";
        lines += summary_line(summary_, order, has_keys_ ? "? help" : "", room) + "\n";
    }

    void append_table(std::string &lines, const std::vector<const Row *> &rows) {
        formatter_.header(lines);
        if (headed_ && sorted_by_ != nullptr)
            paint(lines, sorted_by_->column.key, Paint::heading);
        for (const Row *row : rows) {
            formatter_.line(lines, *row);
            if (const auto key = alarm(*row); !key.empty())
                paint(lines, key, Paint::alarm);
        }
    }

    void draw(std::vector<const Row *> rows) {
        const auto size = screen_size(sink_.fd()).value_or(ScreenSize{24, 80});
        constexpr std::size_t least = 4; // with a row
        const bool summed = headed_ && size.rows >= least;
        // The sums, the header, and where the cursor stands.
        const std::size_t other_lines = summed ? 3 : 2;
        rows.resize(std::min(rows.size(), size.rows - std::min(size.rows, other_lines)));
        formatter_.fit(rows, size.columns);
        std::string lines;
        if (summed)
            append_summary(lines, size.columns);
        if (helps_)
            append_help(lines, summary_, size.rows - std::min(size.rows, other_lines - 1));
        else
            append_table(lines, rows);
        append_frame(sink_.buffer(), lines);
    }

    Formatter<Row> formatter_;
    Sink &sink_;
    Weight weight_;
    std::optional<std::uint64_t> limit_;
    const RowColumn<Row> *sorted_by_;
    bool headed_;
    bool in_place_;
    bool paints_ = wants_paint();
    bool has_keys_ = false;
    bool reversed_ = false;
    bool helps_ = false; // in the table's place
    WallTime lap_began_{};
    Summary summary_;
    std::vector<Row> last_; // rows, for another order
};

} // namespace tcptrail
