#include "option_rules.h"

#include <fmt/format.h>

namespace tcptrail {

namespace {

std::optional<Problem> check_pairs(const Given &given, Format format) {
    const auto both = [&given](std::string_view a, std::string_view b) {
        return given.has(a) && given.has(b);
    };
    if (both("-4", "-6"))
        return Problem{"-4 and -6 exclude each other: leave out both for both families"};
    if (both("--json", "--csv"))
        return Problem{"--json and --csv exclude each other: choose one"};
    for (const std::string_view other : {"--json", "--csv"})
        if (both("--format", other))
            return Problem{fmt::format("--format and {} say the same: choose one", other)};
    if (both("-n", "--names"))
        return Problem{"-n and --names exclude each other: choose one"};
    if (both("-T", "-t"))
        return Problem{"-T and -t exclude each other: choose one"};
    if (format != Format::table && both("--wide", "--columns"))
        return Problem{"--wide adds nothing to --json or --csv with --columns: leave it out"};
    if (format != Format::table && given.has("--human"))
        return Problem{"--human is for eyes: --json and --csv give exact numbers"};
    if ((format == Format::json || format == Format::csv) && given.has("--names"))
        return Problem{"--names is for eyes: --json and --csv give numbers"};
    return std::nullopt;
}

// What has no place in a picture, which a reader takes whole.
std::optional<Problem> check_picture(const Given &given, const Options &options) {
    if (options.output.format != Format::dot)
        return std::nullopt;
    if (options.rows.interval)
        return Problem{"--format dot is one picture, at the end: instead of INTERVAL give -d"};
    for (const std::string_view other :
         {"--columns", "--wide", "-T", "-t", "--no-header", "--human", "--no-clear"})
        if (given.has(other))
            return Problem{
                fmt::format("--format dot is a picture, not a table: leave out {}", other)};
    return std::nullopt;
}

// What makes no sense where no kernel is asked.
std::optional<Problem> check_replay(const Given &given) {
    if (!given.has("--replay"))
        return std::nullopt;
    if (given.command)
        return Problem{"--replay runs no command: leave it out"};
    for (const std::string_view other :
         {"--record", "--duration", "--cgroup", "--probes", "--max-connections", "--buffer"})
        if (given.has(other))
            return Problem{fmt::format("--replay asks no kernel: leave out {}", other)};
    return std::nullopt;
}

std::optional<Problem> check_command(const Given &given, const ViewInfo &view) {
    if (!given.command) {
        if (given.has("--user"))
            return Problem{"--user is for a command to run: tcptrail --user NAME -- COMMAND"};
        return std::nullopt;
    }
    if (given.has("--info"))
        return Problem{"--info traces nothing: leave out the command"};
    if (given.command->empty())
        return Problem{"-- needs a command behind it"};
    if (!view.runs_command)
        return Problem{fmt::format(
            "{} watches the whole host: to follow a command take trace, life or links", view.name)};
    return std::nullopt;
}

} // namespace

std::optional<Problem> check_reach(const Given &given, const ViewInfo &view) {
    for (const OptionSpec &option : all_options()) {
        const auto name = option_name(option.flags);
        if (!given.has(name))
            continue;
        if (option.reach == Reach::own && !honours(view, name))
            return Problem{fmt::format("{} {}", name, option.refusal)};
        if (given.has("--info") && option.reach != Reach::every_view_and_info)
            return Problem{fmt::format("--info traces nothing: leave out {}", name)};
    }
    return std::nullopt;
}

std::optional<Problem> check_together(const Given &given, const ViewInfo &view,
                                      const Options &options) {
    auto problem = check_picture(given, options);
    if (!problem)
        problem = check_pairs(given, options.output.format);
    if (!problem)
        problem = check_replay(given);
    if (!problem)
        problem = check_command(given, view);
    return problem;
}

} // namespace tcptrail
