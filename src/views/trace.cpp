#include "views/trace.h"

namespace tcptrail {

TraceView::TraceView(const Options &options, Formatter formatter, Sink &sink)
    : wanted_{options.connect, options.accept, options.close}, existing_(options.existing),
      formatter_(std::move(formatter)), sink_(sink) {}

void TraceView::begin() {
    formatter_.header(sink_.buffer());
}

void TraceView::show(const Event &event) {
    if (wanted_[static_cast<std::size_t>(event.kind)] && (existing_ || !event.existing))
        formatter_.line(sink_.buffer(), event);
}

void TraceView::lost(const Loss &loss) {
    formatter_.lost(sink_.buffer(), loss);
}

} // namespace tcptrail
