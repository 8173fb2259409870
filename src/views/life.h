// The life view: one line per finished connection, and at the end per one that is open.
#pragma once

#include <utility>

#include "views/lines.h"

namespace tcptrail {

class LifeView final : public Lines {
  public:
    LifeView(Options options, Formatter<Event> formatter, Sink &sink)
        : Lines(std::move(formatter), sink), options_(std::move(options)) {}

  private:
    [[nodiscard]] bool wants(const Event &event) const override;

    Options options_;
};

} // namespace tcptrail
