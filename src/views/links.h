// The links view: one line per client -> server:port, with totals since the start.
#pragma once

#include <vector>

#include "flow/links.h"
#include "output/diag.h"
#include "views/tables.h"

namespace tcptrail {

class LinksView final : public Tables<LinkRow> {
  public:
    LinksView(const Options &options, Formatter<LinkRow> formatter, Sink &sink);

    void show(const Event &event) override;
    void walked(bool spilled) override;
    void report(const Report &report) override;
    [[nodiscard]] std::optional<std::chrono::milliseconds> interval() const override;

  private:
    [[nodiscard]] Summary summary(const std::vector<LinkRow> &rows, std::chrono::nanoseconds time);
    [[nodiscard]] std::string_view alarm(const LinkRow &row) const override;
    void show_rows(const std::vector<LinkRow> &rows, WallTime time);

    Options options_;
    Sink &sink_;
    Links links_;
    std::optional<Totals> before_; // of the last table's rows
    Diag diag_;
    bool folding_told_ = false;
};

} // namespace tcptrail
