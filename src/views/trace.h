// The trace view: one line per event, as it comes.
#pragma once

#include "flow/event.h"
#include "options.h"
#include "output/formatter.h"
#include "output/sink.h"

namespace tcptrail {

class TraceView {
  public:
    TraceView(const Options &options, Formatter formatter, Sink &sink);

    // Writes the header into the sink's buffer.
    void begin();
    void show(const Event &event);
    void lost(const Loss &loss);

  private:
    bool wanted_[3]; // by EventKind
    bool existing_;
    Formatter formatter_;
    Sink &sink_;
};

} // namespace tcptrail
