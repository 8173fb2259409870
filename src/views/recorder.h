// --record: saves events and losses on their way to a view.
#pragma once

#include "flow/recording.h"
#include "output/sink.h"
#include "views/view.h"

namespace tcptrail {

class Recorder final : public View {
  public:
    // `view` and `file` must outlive it.
    Recorder(View &view, Sink &file, WallTime start) : view_(view), file_(file), start_(start) {}

    void begin() override {
        file_.buffer() += recording_head(start_);
        view_.begin();
    }
    void show(const Event &event) override {
        append_entry(file_.buffer(), event);
        view_.show(event);
    }
    void lost(const Loss &loss) override {
        append_entry(file_.buffer(), loss);
        view_.lost(loss);
    }
    void walked(bool spilled) override { view_.walked(spilled); }
    void report(const Report &report) override { view_.report(report); }
    [[nodiscard]] std::optional<std::chrono::milliseconds> interval() const override {
        return view_.interval();
    }

  private:
    View &view_;
    Sink &file_;
    WallTime start_;
};

} // namespace tcptrail
