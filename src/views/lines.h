// What trace and life have in common: an event is a line, as it comes.
#pragma once

#include "output/formatter.h"
#include "output/sink.h"
#include "views/view.h"

namespace tcptrail {

class Lines : public View {
  public:
    Lines(Formatter<Event> formatter, Sink &sink) : formatter_(std::move(formatter)), sink_(sink) {}

    void begin() override { formatter_.header(sink_.buffer()); }
    void show(const Event &event) override {
        if (wants(event))
            formatter_.line(sink_.buffer(), event);
    }
    void lost(const Loss &loss) override { formatter_.lost(sink_.buffer(), loss); }

  protected:
    [[nodiscard]] virtual bool wants(const Event &event) const = 0;

  private:
    Formatter<Event> formatter_;
    Sink &sink_;
};

// --failed and --slower, of a connection that ended; true where neither is asked for.
[[nodiscard]] bool ended_as_asked(const Options &options, const Event &event);

} // namespace tcptrail
