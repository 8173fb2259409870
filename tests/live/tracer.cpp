#include "tracer.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "actor.h"
#include "catch.h"
#include "evidence.h"
#include "scale.h"

namespace live {

namespace {

constexpr std::int64_t clock_tolerance_us = 50'000;

std::unique_ptr<Tracer> shared;

// From 7 on tracepoints may be preempted: of the backends only this one runs all its programs
// there. On an emulated CPU a program takes long enough for interrupts to find it at work. Most of
// what is skipped hides no event, and what does hide one fails the test that waits for it.
bool kernel_skips_probes() {
    if (is_emulated())
        return true;
    const char *backend = std::getenv("TCPTRAIL_PROBES");
    utsname names{};
    return uname(&names) == 0 && std::atoi(names.release) >= 7 && backend != nullptr &&
           backend == std::string_view("tracepoint");
}

std::int64_t wall_clock_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string tcptrail_path() {
    if (const char *path = std::getenv("TCPTRAIL"))
        return path;
    const std::string self = self_path();
    return self.substr(0, self.rfind('/')) + "/../../tcptrail";
}

Spawn with_json(const Words &arguments) {
    CHECK(stop_shared_tracer() == 0);
    Words all = {"-j"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return {.argv = tcptrail(all)};
}

} // namespace

std::string wanted_backend() {
    const char *backend = std::getenv("TCPTRAIL_PROBES");
    return backend != nullptr ? backend : "";
}

Words tcptrail(const Words &arguments) {
    Words words = {tcptrail_path()};
    const auto chosen = std::find_if(arguments.begin(), arguments.end(), [](const auto &word) {
        return word == "--probes" || word == "--replay"; // a replay has no backend
    });
    if (!wanted_backend().empty() && chosen == arguments.end()) {
        words.push_back("--probes");
        words.push_back(wanted_backend());
    }
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

void wait_for_banner(Process &process) {
    const auto is_out = [&] {
        const std::string errors = process.errors();
        const std::size_t start = errors.find("Tracing TCP (");
        return start != std::string::npos && errors.find('\n', start) != std::string::npos;
    };
    // Several may start at the same time, and on an emulated machine each for seconds.
    constexpr std::chrono::seconds start_patience{120};
    eventually([&] { return is_out() || !process.running(); }, start_patience);
    if (!is_out())
        FAIL("tcptrail does not start; stderr:\n"
             << process.errors() << evidence_of(process.pid()));
}

Tracer::Tracer(const Words &arguments, Starting) : process_(with_json(arguments)) {}

Tracer::Tracer(const Words &arguments) : Tracer(arguments, Starting()) {
    wait_for_banner(process_);
}

std::vector<std::unique_ptr<Tracer>> Tracer::several(const std::vector<Words> &arguments) {
    std::vector<std::unique_ptr<Tracer>> tracers;
    tracers.reserve(arguments.size());
    for (const Words &words : arguments)
        tracers.emplace_back(new Tracer(words, Starting()));
    for (const auto &tracer : tracers)
        wait_for_banner(tracer->process_);
    return tracers;
}

void Tracer::read() {
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t count = pread(process_.output_file(), buffer.data(), buffer.size(),
                                    static_cast<off_t>(offset_));
        if (count <= 0)
            return;
        offset_ += static_cast<std::size_t>(count);
        partial_.append(buffer.data(), static_cast<std::size_t>(count));
        std::size_t start = 0;
        for (std::size_t end; (end = partial_.find('\n', start)) != std::string::npos;
             start = end + 1)
            events_.push_back(read_event(partial_.substr(start, end - start)));
        partial_.erase(0, start);
    }
}

const std::vector<Event> &Tracer::events() {
    const std::size_t before = events_.size();
    read();
    for (std::size_t i = before; i < events_.size(); ++i)
        if (events_[i].is("lost"))
            take_loss(events_[i]);
    return events_;
}

void Tracer::take_loss(const Event &event) {
    const auto is = [&event](std::string_view cause) {
        return event.line.find(cause) != std::string::npos;
    };
    // A close that was not seen is one that was missed before.
    if (kernel_skips_probes() && is("\"close not seen\""))
        return;
    if (kernel_skips_probes() && is("\"probe missed\""))
        missed_ += event.lost;
    else if (!losses_expected_)
        fail("tcptrail lost events: " + event.line);
}

void Tracer::forget() {
    events();
    events_.clear();
}

Event Tracer::wait_for(const std::string &what, const std::function<bool(const Event &)> &condition,
                       std::chrono::milliseconds limit) {
    std::size_t seen = 0;
    std::vector<Event>::const_iterator found;
    const auto look = [&] {
        const auto &all = events();
        found = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(seen), all.end(), condition);
        seen = all.size();
        return found != all.end();
    };
    bool ended = false;
    const auto look_or_end = [&] {
        ended = !process_.running();
        return look() || ended;
    };
    eventually(look_or_end, limit);
    if (found == events_.end())
        fail((ended ? "tcptrail ended without: " : "tcptrail does not tell: ") + what);
    return *found;
}

Event Tracer::wait_for(std::string_view kind, const Socket &socket,
                       std::chrono::milliseconds limit) {
    std::ostringstream what;
    what << kind << ' ' << socket.local << " -> " << socket.remote;
    const auto condition = [&](const Event &event) {
        return event.is(kind) && event.tells_of(socket);
    };
    return wait_for(what.str(), condition, limit);
}

bool Tracer::wait_for_table(const std::function<bool(const Table &)> &condition) {
    return eventually([&] { return condition(last_table()) || !process_.running(); }) &&
           condition(last_table());
}

std::vector<Event> Tracer::select(const std::function<bool(const Event &)> &condition) {
    std::vector<Event> selected;
    for (const Event &event : events())
        if (condition(event))
            selected.push_back(event);
    return selected;
}

std::vector<Event> Tracer::all_of(const Socket &socket) {
    return select([&](const Event &event) { return event.tells_of(socket); });
}

std::vector<Event> Tracer::all_with_port(std::uint16_t port) {
    return select([&](const Event &event) { return event.has_port(port); });
}

void Tracer::settle() {
    Actor client("tt-marker");
    Actor server("tt-marker");
    const Pair marker = converse(client, server);
    client.close(marker.client);
    server.close(marker.server);
    close_of(marker.client);
    close_of(marker.server);
}

void Tracer::interrupt() {
    if (!interrupted_)
        process_.signal(SIGINT);
    interrupted_ = true;
}

int Tracer::stop() {
    interrupt();
    const int status = process_.wait();
    events();
    return status;
}

void Tracer::fail(const std::string &what) {
    constexpr std::size_t shown = 60;
    std::ostringstream report;
    report << what << "\nstderr:\n" << errors() << "last lines of stdout:\n";
    const std::size_t start = events_.size() > shown ? events_.size() - shown : 0;
    for (std::size_t i = start; i < events_.size(); ++i)
        report << events_[i].line << '\n';
    FAIL(report.str());
    std::abort(); // not reached: FAIL throws
}

std::int64_t earliest_time_us() {
    return wall_clock_us() - clock_tolerance_us;
}

std::int64_t latest_time_us() {
    return wall_clock_us() + clock_tolerance_us;
}

Tracer &shared_tracer() {
    if (shared && !shared->process().running()) {
        const std::string errors = shared->errors();
        shared.reset();
        FAIL("the shared tracer ended by itself; stderr:\n" << errors);
    }
    if (!shared) {
        auto tracer = std::make_unique<Tracer>();
        shared = std::move(tracer);
    }
    shared->forget();
    return *shared;
}

int stop_shared_tracer() {
    const auto tracer = std::move(shared);
    return tracer ? tracer->stop() : 0;
}

} // namespace live
