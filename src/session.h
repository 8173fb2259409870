// The run between banner and end: waits, drains the ring buffer, writes, and notices when to
// stop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "command.h"
#include "flow/connections.h"
#include "flow/shared_watch.h"
#include "flow/syn_wait.h"
#include "kernel/tracer.h"
#include "losses.h"
#include "output/keyboard.h"
#include "output/sink.h"
#include "views/view.h"

namespace tcptrail {

class Session {
  public:
    // `signals`: a signalfd for what ends the run. The view writes to the sinks, the first of which
    // is for data. No keys are read: nullptr. All references must outlive the session.
    Session(const Options &options, Tracer &tracer, View &view, std::vector<Sink *> sinks,
            int signals, Keyboard *keyboard);
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    // Until something ends it; returns the exit status. `child` is COMMAND.
    [[nodiscard]] int run(Child *child);

  private:
    using Moment = std::chrono::steady_clock::time_point;

    void watch(int fd, std::uint32_t events) const;
    void drain();
    void take(const Record &record);
    void settle(KernelTime now);
    void show_open(bool everything);
    void report();
    [[nodiscard]] bool report_due() const;
    [[nodiscard]] bool flush();
    [[nodiscard]] bool written(Sink &sink, const std::function<WriteResult()> &write);
    [[nodiscard]] bool wait_for_reader(const Sink &sink, bool progress);
    void give_up();
    void wait();
    [[nodiscard]] int timeout(bool idle) const;
    [[nodiscard]] bool idle() const;
    [[nodiscard]] bool over();
    [[nodiscard]] bool is_asked_to_end();
    void end_child();
    [[nodiscard]] bool child_is_done();
    [[nodiscard]] bool keys_due() const;
    void take_keys();
    void read_signals();
    void finish();

    Tracer &tracer_;
    View &view_;
    std::vector<Sink *> sinks_;
    Sink &sink_; // of them, for data
    int signals_;
    Keyboard *keyboard_;
    Child *child_ = nullptr; // COMMAND
    int epoll_ = -1;
    Diag diag_;
    Connections connections_;
    SharedWatch shared_;
    SynWait syns_;
    LossReport losses_;
    std::chrono::nanoseconds wall_{}; // the wall clock's lead over the kernel's
    std::size_t drained_ = 0;         // records of the last drain
    Moment losses_due_;
    bool losses_open_ = false;       // something happened since the losses were looked at
    std::optional<Moment> deadline_; // of --duration
    Needs needs_;
    std::optional<std::chrono::nanoseconds> interval_; // between reports
    std::optional<std::uint64_t> count_;               // of reports that are still to come
    Moment report_due_;
    // What a walk tells, and what closed meanwhile.
    struct Walk {
        std::vector<OpenRecord> open;
        std::vector<SocketKey> closed;
    };
    std::optional<Walk> walk_;           // under way
    bool shows_idle_;                    // each report shows all that is open
    std::uint64_t lost_before_ = 0;      // events for want of room, at the last report
    std::uint64_t unseen_ = 0;           // runs of programs, perhaps of closes, until a second ago
    std::uint64_t unseen_before_ = 0;    // the same, at the last report
    int full_walks_ = 0;                 // still to come, to find whose close was lost
    std::optional<Moment> child_killed_; // SIGTERM was sent
    std::optional<Moment> child_ended_;
    std::optional<Moment> patient_until_; // with a slow reader, after a signal
    int status_ = 0;
    bool over_ = false;             // asked to end
    bool wakeup_requested_ = false; // the next record sends one
    bool keys_came_ = false;        // something came from the keyboard
    bool broken_ = false;           // nothing can be written any more
    bool interrupted_ = false;      // by a signal that is not dealt with yet
    bool signalled_ = false;        // ever
    bool child_exited_ = false;
};

} // namespace tcptrail
