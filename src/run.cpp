#include "run.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "command.h"
#include "kernel/cgroup.h"
#include "kernel/info.h"
#include "kernel/inspect.h"
#include "kernel/privileges.h"
#include "kernel/start.h"
#include "kernel/tracer.h"
#include "output/diag.h"
#include "output/keyboard.h"
#include "output/names.h"
#include "output/sink.h"
#include "replay.h"
#include "session.h"
#include "views/catalog.h"
#include "views/recorder.h"

namespace tcptrail {
namespace {

int refuse(const std::string &message, int status = exit_cannot) {
    Diag().problem(message);
    return status;
}

std::string join(const std::vector<std::string> &lines) {
    std::string text;
    for (const std::string &line : lines)
        text += line + "\n";
    return text;
}

// What would be taken, where nothing can be attached.
std::vector<Attached> untried(const std::vector<Choice> &choices) {
    std::vector<Attached> list;
    list.reserve(choices.size());
    for (const Choice &choice : choices)
        list.push_back({.choice = &choice,
                        .way = choice.ways.empty() ? nullptr : choice.ways.front(),
                        .failed = {}});
    return list;
}

int show_info(const Options &options, KernelFacts &facts, Result<Plan> &plan) {
    const auto refuse_with = [&](const std::string &reason) {
        const auto choices = choose_all(facts, options.backend, false);
        const int printed = print(join(kernel_lines(facts)) + capability_line(facts, choices) +
                                  "\n\n" + join(hook_lines(facts, untried(choices), false)));
        return printed == exit_done ? refuse(reason) : printed;
    };
    if (const auto *failed = std::get_if<Failure>(&plan))
        return refuse_with(failed->message);
    const auto started = start_tracer(options, facts, std::get<Plan>(plan), 0);
    if (const auto *failed = std::get_if<Failure>(&started))
        return refuse_with(failed->message);
    const auto &tracer = std::get<std::unique_ptr<Tracer>>(started);
    return print(join(kernel_lines(facts)) +
                 fmt::format("{} takes:  {}\n{}\n\n", backend_name(options.backend),
                             backend_name(std::get<Plan>(plan).backend),
                             capability_line(facts, std::get<Plan>(plan).choices)) +
                 join(hook_lines(facts, tracer->attached())));
}

// Ctrl-C in a terminal goes to the reader of our pipe too, which is then not there at the end.
bool ends_its_reader(const Options &options, const View &view, const Sink &sink) {
    struct stat status {};
    const bool only_at_end = options.needs.both_ends && !view.interval();
    return only_at_end && !options.duration && !options.command && fstat(sink.fd(), &status) == 0 &&
           S_ISFIFO(status.st_mode);
}

std::string banner(const Options &options, const KernelFacts &facts, const Plan &plan,
                   std::uint64_t existing, bool ends_its_reader) {
    constexpr std::string_view reader_note = " Ctrl-C also ends the reader: use -d, or tee -i.";
    std::string about = fmt::format("{} connections already open", existing);
    if (options.command)
        about = fmt::format("{} and its descendants", options.command->argv.front());
    else if (!options.existing)
        about = "without connections already open";
    if (facts.pidns != 0)
        about += ", PIDs of this container";
    return fmt::format("Tracing TCP ({}, {})... Hit Ctrl-C to end.{}", backend_name(plan.backend),
                       about, ends_its_reader ? reader_note : "");
}

// What may end a run beside its time.
struct Ends {
    int signals;    // a signalfd
    Child *command; // held; none: nullptr
};

void give_up_privileges(const Plan &plan, const Child *command, bool keyboard) {
    std::optional<pid_t> pid;
    if (command != nullptr)
        pid = command->pid();
    // Whoever needs the trace now is not helped by having none.
    if (const auto failed = drop_privileges(plan, pid, keyboard))
        Diag().problem(failed->message + "; going on with them");
}

// A COMMAND has the terminal's keys for itself.
std::unique_ptr<Keyboard> open_keyboard(View &view, const Child *command) {
    auto keyboard = view.takes_keys() && command == nullptr ? Keyboard::of(STDIN_FILENO) : nullptr;
    if (keyboard != nullptr)
        view.offer_keys();
    return keyboard;
}

int trace(const Options &options, const KernelFacts &facts, const Plan &plan, Tracer &tracer,
          View &view, const std::vector<Sink *> &sinks, const Ends &ends) {
    const auto existing = tracer.snapshot();
    if (const auto *failed = std::get_if<Failure>(&existing))
        return refuse(failed->message);
    if (options.verbose)
        for (const std::string &line : hook_lines(facts, tracer.attached()))
            Diag().notice(line);
    const auto keyboard = open_keyboard(view, ends.command);
    Session session(options, tracer, view, sinks, ends.signals, keyboard.get());
    const std::string ready = banner(options, facts, plan, std::get<std::uint64_t>(existing),
                                     ends_its_reader(options, view, *sinks.front()));
    give_up_privileges(plan, ends.command, keyboard != nullptr);
    if (!options.quiet)
        Diag().notice(ready);
    view.begin();
    if (ends.command != nullptr)
        ends.command->release();
    return session.run(ends.command);
}

Result<Sink> open_sink(const std::optional<std::string> &file, std::string_view option) {
    if (!file)
        return Sink(STDOUT_FILENO);
    auto sink = Sink::create_file(*file);
    if (const int *error = std::get_if<int>(&sink))
        return failure(fmt::format("{} {}", option, *file), *error);
    return std::get<Sink>(std::move(sink));
}

// From here on the data sink is there, and the view that writes to it.
int trace_into(const Options &options, KernelFacts &facts, Plan &plan, Sink &sink,
               const Ends &ends) {
    const WallTime start = std::chrono::system_clock::now();
    const std::optional<Names> names = names_for(options.output);
    auto made = find_view(options.view)->make(options, sink, start, names ? &*names : nullptr);
    if (const auto *refused = std::get_if<std::string>(&made))
        return refuse(*refused, exit_usage);
    View &view = *std::get<std::unique_ptr<View>>(made);
    std::uint64_t cgroup = 0;
    if (options.cgroup_path) {
        const auto id = cgroup_id(*options.cgroup_path);
        if (const auto *failed = std::get_if<Failure>(&id))
            return refuse(failed->message, exit_usage);
        cgroup = std::get<std::uint64_t>(id);
    }
    auto file = open_sink(options.record, "--record");
    if (const auto *failed = std::get_if<Failure>(&file))
        return refuse(failed->message);
    auto tracer = start_tracer(options, facts, plan, cgroup);
    if (const auto *failed = std::get_if<Failure>(&tracer))
        return refuse(failed->message);
    Tracer &running = *std::get<std::unique_ptr<Tracer>>(tracer);
    if (!options.record)
        return trace(options, facts, plan, running, view, {&sink}, ends);
    Recorder recorder(view, std::get<Sink>(file), start);
    return trace(options, facts, plan, running, recorder, {&sink, &std::get<Sink>(file)}, ends);
}

int trace_kernel(const Options &options, const Ends &ends) {
    KernelFacts facts = inspect_kernel(options.backend, options.info || options.verbose);
    auto plan = make_plan(facts, options.backend, options.command.has_value());
    if (options.info)
        return show_info(options, facts, plan);
    if (const auto *failed = std::get_if<Failure>(&plan))
        return refuse(failed->message);
    auto sink = open_sink(options.output.file, "--output");
    if (const auto *failed = std::get_if<Failure>(&sink))
        return refuse(failed->message);
    return trace_into(options, facts, std::get<Plan>(plan), std::get<Sink>(sink), ends);
}

// It keeps the rights that the rest gives up, and costs no more than what little is there yet.
int trace_command(const Options &options, int signals) {
    auto child = Child::hold(*options.command, !options.output.file);
    if (const auto *failed = std::get_if<Failure>(&child))
        return refuse(failed->message);
    return trace_kernel(options, {signals, &std::get<Child>(child)});
}

int replay_file(const Options &options, int signals) {
    auto sink = open_sink(options.output.file, "--output");
    if (const auto *failed = std::get_if<Failure>(&sink))
        return refuse(failed->message);
    return replay(options, std::get<Sink>(sink), signals);
}

} // namespace

int run(const Options &options, int signals) {
    if (options.replay)
        return replay_file(options, signals);
    return options.command ? trace_command(options, signals)
                           : trace_kernel(options, {signals, nullptr});
}

int print(const std::string &text) {
    Sink sink(STDOUT_FILENO);
    sink.buffer() = text;
    WriteResult result = sink.finish();
    for (; result.status == WriteStatus::blocked; result = sink.finish()) {
        pollfd watched{sink.fd(), POLLOUT, 0};
        ::poll(&watched, 1, -1);
    }
    if (result.status == WriteStatus::failed)
        return refuse(failure("cannot write", result.error).message);
    return exit_done;
}

} // namespace tcptrail
