// The tool under test: a running tcptrail and what it has told.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event.h"
#include "process.h"

namespace live {

using Words = std::vector<std::string>;

// The command line of tcptrail with these arguments; the backend comes from TCPTRAIL_PROBES.
Words tcptrail(const Words &arguments);
// The backend that the tests run with, empty for auto.
std::string wanted_backend();
// Waits until a tcptrail has said that it traces; the test fails if it ends before.
void wait_for_banner(Process &process);

// `tcptrail -j` with its banner out. Only one runs at a time unless a test makes two.
class Tracer {
  public:
    explicit Tracer(const Words &arguments = {});
    // Several that start at the same time, as most of a start is waiting.
    static std::vector<std::unique_ptr<Tracer>> several(const std::vector<Words> &arguments);

    Process &process() { return process_; }
    std::string errors() const { return process_.errors(); }

    // Everything told until now, since the start or the last forget().
    const std::vector<Event> &events();
    void forget();

    // Waits for an event; the test fails if it does not come.
    Event wait_for(const std::string &what, const std::function<bool(const Event &)> &condition,
                   std::chrono::milliseconds limit = patience);
    // The event of this kind about this end of a connection.
    Event wait_for(std::string_view kind, const Socket &socket,
                   std::chrono::milliseconds limit = patience);
    Event connect_of(const Socket &socket) { return wait_for("connect", socket); }
    Event accept_of(const Socket &socket) { return wait_for("accept", socket); }
    Event close_of(const Socket &socket) { return wait_for("close", socket); }

    // Waits until the last table of `links` is as wanted; false if it never was.
    [[nodiscard]] bool wait_for_table(const std::function<bool(const Table &)> &condition);
    Table last_table() { return live::last_table(events()); }

    // Of what was told until now.
    std::vector<Event> select(const std::function<bool(const Event &)> &condition);
    std::vector<Event> all_of(const Socket &socket);
    std::vector<Event> all_with_port(std::uint16_t port);

    // Makes a connection of its own and waits until its ends are told: whatever is to be told of
    // earlier ones has been told then. Needs a tracer that does not filter.
    void settle();

    // Losses fail the test unless it says that they may happen.
    void expect_losses() { losses_expected_ = true; }

    // How many runs of its programs the kernel skipped, as it told: it can do nothing about that
    // (seen with tracepoints on 7.2, which may be preempted). Most skipped runs hide no event.
    [[nodiscard]] std::size_t missed() const { return static_cast<std::size_t>(missed_); }

    // Ends it as Ctrl-C does; its exit status. All its events are read then.
    int stop();
    void interrupt(); // begins to stop it, for several at the same time

  private:
    struct Starting {};
    Tracer(const Words &arguments, Starting);
    void read();
    void take_loss(const Event &event);
    [[noreturn]] void fail(const std::string &what);

    Process process_;
    std::size_t offset_ = 0; // of the output, read until here
    std::string partial_;    // a line without its end
    std::vector<Event> events_;
    std::int64_t missed_ = 0;
    bool losses_expected_ = false;
    bool interrupted_ = false;
};

// Bounds for the time_us of what happens after or before now. They leave some room: tcptrail
// converts the kernel's monotonic time, and the wall clock may be adjusted meanwhile.
std::int64_t earliest_time_us();
std::int64_t latest_time_us();

// A tracer without filters for tests that need nothing else: it starts once and goes on until a
// test makes its own. Its events are those since this call.
Tracer &shared_tracer();
int stop_shared_tracer(); // its exit status; 0 if none runs

} // namespace live
