// A view made from its command line, and what it wrote.
#pragma once

#include "catch.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command_line.h"
#include "samples.h"
#include "views/catalog.h"

namespace tcptrail {

class Shown {
  public:
    // `fd` is never written to, only looked at.
    explicit Shown(const std::string &line, int fd = -1) : options_(options_of(line)), sink_(fd) {
        auto made = find_view(options_.view)->make(options_, sink_, WallTime{}, nullptr);
        REQUIRE(std::holds_alternative<std::unique_ptr<View>>(made));
        view_ = std::get<std::unique_ptr<View>>(std::move(made));
        view_->begin();
    }
    Shown(const Shown &) = delete;
    Shown &operator=(const Shown &) = delete;

    Shown &operator<<(const Event &event) {
        view_->show(event);
        return *this;
    }

    // The end of an interval: all that is open was shown.
    void report(WallTime time = {}) {
        view_->walked(false);
        view_->report({.time = time, .spills = {}});
    }

    [[nodiscard]] View &view() { return *view_; }

    // What was written since the last call.
    [[nodiscard]] std::string text() { return std::exchange(sink_.buffer(), {}); }

    [[nodiscard]] std::vector<std::string> lines() {
        std::istringstream stream(text());
        std::vector<std::string> all;
        for (std::string line; std::getline(stream, line);)
            all.push_back(line);
        return all;
    }

  private:
    Options options_;
    Sink sink_;
    std::unique_ptr<View> view_;
};

// A client's event, with an outcome where its kind has one.
inline Event event_of(EventKind kind, std::uint64_t id) {
    Event event;
    event.kind = kind;
    event.id = id;
    event.owner = process(10, "curl");
    event.tuple = facts_of(Role::client, 50000, 80).tuple;
    event.state = TcpState::established;
    if (kind == EventKind::close || kind == EventKind::open)
        event.outcome.emplace();
    if (kind == EventKind::close)
        event.state = TcpState::close;
    if (kind == EventKind::open)
        event.outcome->end = End::open;
    return event;
}

} // namespace tcptrail
