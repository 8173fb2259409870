// The trace view: one line per event, as it comes.
#pragma once

#include <utility>

#include "views/lines.h"

namespace tcptrail {

class TraceView final : public Lines {
  public:
    TraceView(Options options, Formatter<Event> formatter, Sink &sink)
        : Lines(std::move(formatter), sink), options_(std::move(options)) {}

  private:
    [[nodiscard]] bool wants(const Event &event) const override;

    Options options_;
};

} // namespace tcptrail
