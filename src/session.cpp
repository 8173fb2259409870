#include "session.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <thread>
#include <utility>

#include "kernel_clock.h"

namespace tcptrail {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock; // CLOCK_MONOTONIC, as the kernel's stamps

// How often an awake reader looks: half of the 100 ms within which an event is to be written.
constexpr milliseconds tick{50};
// COMMAND is gone, its connections still exchange their FINs.
constexpr seconds closing_grace{1};
// COMMAND got SIGTERM and does not end.
constexpr seconds kill_grace{5};

// A reader that takes nothing for so long, after a signal, has all that it gets.
constexpr seconds reader_grace{1};

// A close that was lost shows by its absence from so many walks, one after the other.
constexpr int full_walks_after_loss = 3;

Connections::Scope scope_of(const Options &options) {
    return {.closes = options.close || options.command,
            .owned = !options.needs.both_ends && (options.command || options.cgroup_path)};
}

} // namespace

Session::Session(const Options &options, Tracer &tracer, View &view, std::vector<Sink *> sinks,
                 int signals, Keyboard *keyboard)
    : tracer_(tracer), view_(view), sinks_(std::move(sinks)), sink_(*sinks_.front()),
      signals_(signals), keyboard_(keyboard),
      connections_(
          options.needs.both_ends ? OwnerFilter{} : options.owners,
          [this](const Event &event) { view_.show(event); }, scope_of(options)),
      losses_(diag_, [this](const Loss &loss) { view_.lost(loss); }), losses_due_(Steady::now()),
      needs_(options.needs), interval_(view.interval()), count_(options.rows.count),
      shows_idle_(options.open || options.rows.idle) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    watch(tracer.wakeup_fd(), EPOLLIN | EPOLLET);
    watch(signals_, EPOLLIN);
    if (keyboard_ != nullptr) {
        watch(keyboard_->fd(), EPOLLIN | EPOLLET);
        watch(keyboard_->signals(), EPOLLIN);
    }
    watch(sink_.fd(), 0); // EPOLLERR comes unasked; a regular file refuses, and needs it not
    if (options.duration)
        deadline_ = Steady::now() + *options.duration;
    if (interval_)
        report_due_ = Steady::now() + *interval_;
}

Session::~Session() {
    close(epoll_);
}

void Session::watch(int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

int Session::run(Child *child) {
    child_ = child;
    if (child != nullptr)
        watch(child->pidfd(), EPOLLIN);
    for (;;) {
        drain();
        settle(kernel_now());
        if (keys_due())
            take_keys();
        // The last table is printed at the end, when nothing waits any more.
        const bool done = over() || (report_due() && count_ == 1U);
        if (!done && report_due())
            report();
        if (broken_ || !flush())
            return status_;
        if (done)
            break;
        wait();
    }
    finish();
    return status_;
}

void Session::take(const Record &record) {
    if (broken_)
        return;
    connections_.take(record, wall_);
    if (std::any_of(sinks_.begin(), sinks_.end(), [](const Sink *sink) { return sink->full(); }))
        broken_ = !flush() || broken_;
}

void Session::drain() {
    wall_ = wall_lead();
    const KernelTime now = kernel_now();
    drained_ = tracer_.consume([&](std::span<const std::byte> bytes) {
        auto record = decode(bytes);
        if (!record)
            return;
        if (auto *open = std::get_if<OpenRecord>(&*record)) {
            if (walk_)
                walk_->open.push_back(*open);
            return;
        }
        shared_.take(*record, now);
        syns_.take(*record);
        if (const auto *close = std::get_if<CloseRecord>(&*record); close && walk_)
            walk_->closed.push_back(close->key);
        take(*record);
    });
    if (drained_ != 0)
        wakeup_requested_ = false;
    losses_open_ = losses_open_ || drained_ != 0;
}

void Session::settle(KernelTime now) {
    tracer_.arm(shared_.wanted(now));
    const auto overdue = syns_.overdue(now);
    for (const SocketKey &key : overdue)
        tracer_.ask_for_connect(key);
    if (!overdue.empty())
        drain();
    connections_.expire(now, wall_);
    if (Steady::now() >= losses_due_) {
        const Losses losses = tracer_.losses();
        losses_.update(losses, WallTime(now + wall_));
        unseen_ = losses.missed + losses.not_seen;
        losses_due_ = Steady::now() + seconds(1);
        losses_open_ = false;
    }
}

// What closed while the kernel was asked is told by its close, which may be drained already.
void Session::show_open(bool everything) {
    drain();
    walk_.emplace();
    tracer_.begin_walk(everything);
    // A record that another CPU is still writing holds up all behind it, never for long.
    constexpr int patience = 100;
    bool finished = false;
    for (int stuck = 0; !finished && stuck < patience;) {
        const auto walked = tracer_.walk();
        if (const auto *failed = std::get_if<Failure>(&walked))
            diag_.problem(failed->message);
        const auto *told = std::get_if<bool>(&walked);
        finished = told == nullptr || *told;
        drain();
        stuck = drained_ == 0 ? stuck + 1 : 0;
        if (stuck != 0 && !finished)
            std::this_thread::sleep_for(milliseconds(1));
    }
    Walk walk = std::move(*walk_);
    walk_.reset();
    std::sort(walk.closed.begin(), walk.closed.end());
    std::sort(walk.open.begin(), walk.open.end(), [](const OpenRecord &a, const OpenRecord &b) {
        return a.key.born < b.key.born; // the kernel's table has no order
    });
    for (const OpenRecord &record : walk.open)
        if (!std::binary_search(walk.closed.begin(), walk.closed.end(), record.key))
            take(record);
    if (everything && finished)
        view_.walked(tracer_.lost_events() != 0);
}

// A close that is lost is among the lost ones' sums, and until it is missed twice among the open
// ones too; one that is lost while the kernel is asked may be in both. What no program saw close is
// missed, too.
void Session::report() {
    constexpr int attempts = 3;
    std::vector<Spill> spills;
    std::uint64_t lost = tracer_.lost_events();
    bool spilled = lost != lost_before_;
    if (unseen_ != std::exchange(unseen_before_, unseen_) || spilled)
        full_walks_ = full_walks_after_loss;
    for (int attempt = 0; attempt < attempts; attempt++) {
        if (needs_.both_ends && spilled)
            show_open(true);
        show_open(shows_idle_ || full_walks_ != 0);
        if (!needs_.both_ends)
            break;
        spills = tracer_.spills();
        if (const std::uint64_t now = tracer_.lost_events(); now == std::exchange(lost, now))
            break;
        spilled = true;
        full_walks_ = full_walks_after_loss;
    }
    full_walks_ = std::max(full_walks_ - 1, 0);
    lost_before_ = lost;
    view_.report({.time = WallTime(kernel_now() + wall_), .spills = spills});
    if (count_)
        --*count_;
    while (interval_ && report_due_ <= Steady::now())
        report_due_ += duration_cast<Steady::duration>(*interval_);
}

bool Session::report_due() const {
    return interval_ && Steady::now() >= report_due_;
}

bool Session::flush() {
    bool good = !broken_;
    for (Sink *sink : sinks_)
        good = good && written(*sink, [sink] { return sink->flush(); });
    return good;
}

// Until all is written. False: the reader is gone, or does not read and the run is to end, or the
// disk is full.
bool Session::written(Sink &sink, const std::function<WriteResult()> &write) {
    WriteResult result;
    std::size_t left = sink.buffer().size();
    while ((result = write()).status == WriteStatus::blocked) {
        const std::size_t before = std::exchange(left, sink.buffer().size());
        if (!wait_for_reader(sink, left != before))
            return false;
    }
    if (result.status == WriteStatus::failed) {
        diag_.problem(
            failure(&sink == &sink_ ? "cannot write" : "cannot write to --record", result.error)
                .message);
        status_ = 1;
    }
    return result.status == WriteStatus::written && !sink.reader_gone();
}

// What happens meanwhile waits in the ring buffer, whose losses are told, and the end is noticed.
// A pager may take its time even then, but not after a signal. False: it is time to give up.
bool Session::wait_for_reader(const Sink &sink, bool progress) {
    const bool was_hurried = patient_until_.has_value();
    if (over() && signalled_ && (progress || !was_hurried))
        patient_until_ = Steady::now() + reader_grace;
    tracer_.arm(shared_.wanted(kernel_now()));
    if (Steady::now() >= losses_due_) {
        losses_.say(tracer_.losses());
        losses_due_ = Steady::now() + seconds(1);
    }
    pollfd watched[] = {{sink.fd(), POLLOUT, 0},
                        {signals_, POLLIN, 0},
                        {child_ != nullptr && !child_exited_ ? child_->pidfd() : -1, POLLIN, 0},
                        {keyboard_ != nullptr ? keyboard_->signals() : -1, POLLIN, 0}};
    ::poll(watched, std::size(watched), static_cast<int>(tick.count()));
    if (watched[1].revents != 0)
        read_signals();
    child_exited_ = child_exited_ || watched[2].revents != 0;
    if (watched[3].revents != 0)
        take_keys();
    const bool asked_again = was_hurried && watched[1].revents != 0;
    if (!asked_again && (!patient_until_ || Steady::now() < *patient_until_))
        return true;
    give_up();
    return false;
}

void Session::give_up() {
    diag_.problem("cannot write: the reader does not read; the rest is lost");
    losses_.say(tracer_.losses());
    losses_.finish();
    broken_ = true;
    status_ = 1;
}

bool Session::idle() const {
    return drained_ == 0 && !losses_open_ && !connections_.waiting() && syns_.empty();
}

int Session::timeout(bool idle) const {
    auto wait = idle ? milliseconds(1000 * 3600) : tick;
    const auto until = [&](Moment moment) {
        const auto left = std::chrono::ceil<milliseconds>(moment - Steady::now());
        wait = std::clamp(left, milliseconds(0), wait);
    };
    if (deadline_)
        until(*deadline_);
    if (interval_)
        until(report_due_);
    if (child_killed_)
        until(*child_killed_ + kill_grace);
    if (child_ended_)
        until(Steady::now() + tick / 5);
    return static_cast<int>(wait.count());
}

void Session::wait() {
    const bool sleepy = idle() && !shared_.wanted(kernel_now());
    // A record that was being written when the wake-up was requested sends none, but is there
    // within a tick: only after that sleep has no limit.
    const bool sleep = sleepy && wakeup_requested_;
    if (sleepy && !wakeup_requested_) {
        tracer_.request_wakeup();
        wakeup_requested_ = true;
        drain();
        if (drained_ != 0)
            return;
    }
    epoll_event events[4];
    const int count = epoll_wait(epoll_, events, 4, timeout(sleep));
    for (int i = 0; i < count; i++) {
        const int fd = events[i].data.fd;
        if (fd == signals_)
            read_signals();
        else if (child_ != nullptr && fd == child_->pidfd())
            child_exited_ = true;
        else if (keyboard_ != nullptr && (fd == keyboard_->fd() || fd == keyboard_->signals()))
            keys_came_ = true;
    }
}

// The terminal may become ours, or somebody else's, without a sign: each table looks.
bool Session::keys_due() const {
    return keys_came_ || (keyboard_ != nullptr && report_due());
}

void Session::take_keys() {
    keys_came_ = false;
    for (const Key key : keyboard_->pressed()) {
        view_.press(key);
        if (key == Key::quit)
            interrupted_ = signalled_ = true;
    }
}

void Session::read_signals() {
    signalfd_siginfo info{};
    while (read(signals_, &info, sizeof(info)) == sizeof(info))
        interrupted_ = signalled_ = true;
}

// Its own end, or that of its last connection: a FIN's answer takes a moment.
bool Session::child_is_done() {
    return connections_.open() == 0 || Steady::now() - *child_ended_ >= closing_grace;
}

void Session::end_child() {
    child_->terminate();
    child_killed_ = Steady::now();
    interrupted_ = false;
    deadline_.reset();
}

// Once it is over it stays so.
bool Session::over() {
    over_ = over_ || is_asked_to_end();
    return over_;
}

bool Session::is_asked_to_end() {
    const bool asked = interrupted_ || (deadline_ && Steady::now() >= *deadline_);
    if (child_ == nullptr)
        return asked;
    if (child_exited_ && !child_ended_) {
        status_ = child_->wait();
        child_ended_ = Steady::now();
    }
    if (child_ended_)
        return interrupted_ || child_is_done();
    if (asked && !child_killed_)
        end_child();
    else if (asked || (child_killed_ && Steady::now() - *child_killed_ >= kill_grace)) {
        diag_.problem("COMMAND does not end on SIGTERM and is left running");
        status_ = 128 + SIGTERM;
        return true;
    }
    return false;
}

void Session::finish() {
    drain();
    connections_.expire(kernel_now(), wall_, true);
    full_walks_ = std::max(full_walks_, 1); // the last table is to have no stale row
    if (needs_.open)
        report();
    losses_.update(tracer_.losses(), WallTime(kernel_now() + wall_));
    if (broken_)
        return;
    bool complete = true;
    for (Sink *sink : sinks_)
        complete = written(*sink, [sink] { return sink->finish(); }) && complete;
    if (complete)
        losses_.finish();
}

} // namespace tcptrail
