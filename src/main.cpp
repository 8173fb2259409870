// Wires the stages: options -> kernel -> connections -> view -> sink.
#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "kernel/cgroup.h"
#include "kernel/info.h"
#include "kernel/log.h"
#include "kernel/tracer.h"
#include "options.h"
#include "output/columns.h"
#include "output/diag.h"
#include "output/formatter.h"
#include "output/sink.h"
#include "session.h"
#include "views/trace.h"

namespace tcptrail {
namespace {

constexpr int ok = 0;
constexpr int cannot = 1;
constexpr int usage = 2;

int refuse(const std::string &message, int status = cannot) {
    Diag().problem(message);
    return status;
}

// From here on they are read from the descriptor. One that was ignored at the start would never
// arrive; SIGHUP alone keeps that meaning, for nohup.
int catch_signals() {
    sigset_t ends;
    sigemptyset(&ends);
    signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before {};
        sigaction(number, nullptr, &before);
        if (number == SIGHUP && before.sa_handler == SIG_IGN)
            continue;
        signal(number, SIG_DFL);
        sigaddset(&ends, number);
    }
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

// A descriptor of ours must not become stdout because that was closed.
void fill_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
    }
}

// Text for stdout, outside of a trace.
int print(const std::string &text) {
    Sink sink(STDOUT_FILENO);
    sink.buffer() = text;
    const WriteResult result = sink.finish();
    if (result.status == WriteStatus::failed)
        return refuse(failure("cannot write", result.error).message);
    return ok;
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

int show_info(const Options &options, const KernelFacts &facts, const Result<Plan> &plan) {
    const auto refuse_with = [&](const std::string &reason) {
        const auto choices = choose_all(facts, options.backend, false);
        const int printed = print(join(kernel_lines(facts)) + "\n" +
                                  join(hook_lines(facts, untried(choices), false)));
        return printed == ok ? refuse(reason) : printed;
    };
    if (const auto *failed = std::get_if<Failure>(&plan))
        return refuse_with(failed->message);
    const auto started = Tracer::start(options, facts, std::get<Plan>(plan), 0);
    if (const auto *failed = std::get_if<Failure>(&started))
        return refuse_with(failed->message);
    const auto &tracer = std::get<std::unique_ptr<Tracer>>(started);
    return print(join(kernel_lines(facts)) +
                 fmt::format("{} takes:  {}\n\n", backend_name(options.backend),
                             backend_name(std::get<Plan>(plan).backend)) +
                 join(hook_lines(facts, tracer->attached())));
}

std::string banner(const Options &options, const KernelFacts &facts, const Plan &plan,
                   std::uint64_t existing) {
    std::string about = fmt::format("{} connections already open", existing);
    if (options.command)
        about = fmt::format("{} and its descendants", options.command->argv.front());
    else if (!options.existing)
        about = "without connections already open";
    if (facts.pidns != 0)
        about += ", PIDs of this container";
    return fmt::format("Tracing TCP ({}, {})... Hit Ctrl-C to end.", backend_name(plan.backend),
                       about);
}

int trace(const Options &options, const KernelFacts &facts, const Plan &plan, Tracer &tracer,
          TraceView &view, Sink &sink, int signals) {
    const auto existing = tracer.snapshot();
    if (const auto *failed = std::get_if<Failure>(&existing))
        return refuse(failed->message);
    if (options.verbose)
        for (const std::string &line : hook_lines(facts, tracer.attached()))
            Diag().notice(line);
    Session session(options, tracer, view, sink, signals);
    if (!options.quiet)
        Diag().notice(banner(options, facts, plan, std::get<std::uint64_t>(existing)));
    view.begin();
    if (!options.command)
        return session.run(nullptr);
    auto child = Child::run(*options.command, !options.output.file);
    if (const auto *failed = std::get_if<Failure>(&child))
        return refuse(failed->message);
    return session.run(&std::get<Child>(child));
}

std::variant<Sink, int> open_sink(const Options &options) {
    if (options.output.file)
        return Sink::create_file(*options.output.file);
    return Sink(STDOUT_FILENO);
}

int run(const Options &options) {
    const int signals = catch_signals();
    const KernelFacts facts = inspect_kernel(options.backend);
    const auto plan = make_plan(facts, options.backend, options.command.has_value());
    if (options.info)
        return show_info(options, facts, plan);
    if (const auto *failed = std::get_if<Failure>(&plan))
        return refuse(failed->message);
    auto formatter =
        Formatter::make(trace_layout(), options.output, std::chrono::system_clock::now());
    if (const auto *refused = std::get_if<std::string>(&formatter))
        return refuse(*refused, usage);
    std::uint64_t cgroup = 0;
    if (options.cgroup_path) {
        const auto id = cgroup_id(*options.cgroup_path);
        if (const auto *failed = std::get_if<Failure>(&id))
            return refuse(failed->message, usage);
        cgroup = std::get<std::uint64_t>(id);
    }
    auto sink = open_sink(options);
    if (const int *error = std::get_if<int>(&sink))
        return refuse(failure("--output " + *options.output.file, *error).message);
    auto tracer = Tracer::start(options, facts, std::get<Plan>(plan), cgroup);
    if (const auto *failed = std::get_if<Failure>(&tracer))
        return refuse(failed->message);
    TraceView view(options, std::move(std::get<Formatter>(formatter)), std::get<Sink>(sink));
    return trace(options, facts, std::get<Plan>(plan), *std::get<std::unique_ptr<Tracer>>(tracer),
                 view, std::get<Sink>(sink), signals);
}

std::vector<std::string_view> column_keys() {
    std::vector<std::string_view> keys;
    for (const EventColumn &column : event_columns())
        keys.push_back(column.column.key);
    return keys;
}

} // namespace
} // namespace tcptrail

int main(int argc, char **argv) {
    using namespace tcptrail;
    fill_standard_streams();
    auto parsed = parse_options(argc, argv, column_keys());
    if (const auto *answer = std::get_if<Answer>(&parsed))
        return answer->status == ok ? print(answer->text) : refuse(answer->text, answer->status);
    const Options &options = std::get<Options>(parsed);
    for (const std::string &note : options.notes)
        Diag().problem(note);
    log_libbpf(options.verbose);
    return run(options);
}
