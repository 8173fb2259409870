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
    void walked() override;
    void report(const Report &report) override;
    [[nodiscard]] std::optional<std::chrono::milliseconds> interval() const override;

  private:
    void show_rows(const std::vector<LinkRow> &rows, WallTime time);

    Options options_;
    Sink &sink_;
    Links links_;
    Diag diag_;
    bool folding_told_ = false;
};

} // namespace tcptrail
