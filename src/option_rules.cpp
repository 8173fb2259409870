#include "option_rules.h"

#include <fmt/format.h>

namespace tcptrail {

namespace {

std::optional<Problem> check_pairs(const Given &given) {
    const auto both = [&given](std::string_view a, std::string_view b) {
        return given.has(a) && given.has(b);
    };
    const bool table = !given.has("--json") && !given.has("--csv");
    if (both("-4", "-6"))
        return Problem{"-4 and -6 exclude each other: leave out both for both families"};
    if (both("--json", "--csv"))
        return Problem{"--json and --csv exclude each other: choose one"};
    if (both("-T", "-t"))
        return Problem{"-T and -t exclude each other: choose one"};
    if (!table && both("--wide", "--columns"))
        return Problem{"--wide adds nothing to --json or --csv with --columns: leave it out"};
    if (!table && given.has("--human"))
        return Problem{"--human is for eyes: --json and --csv give exact numbers"};
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

std::optional<Problem> check_together(const Given &given, const ViewInfo &view) {
    auto problem = check_pairs(given);
    if (!problem)
        problem = check_replay(given);
    if (!problem)
        problem = check_command(given, view);
    return problem;
}

} // namespace tcptrail
