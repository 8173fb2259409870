#include "options.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "given.h"
#include "help.h"
#include "option_rules.h"
#include "option_table.h"
#include "parse.h"
#include "views/catalog.h"

namespace tcptrail {

namespace {

using Words = std::vector<std::string>;

struct Flag {
    std::string_view name; // "-p" or "--pid"
    std::string_view flags;
    std::string_view value;
};

// Every name that an option goes by.
std::vector<Flag> all_flags() {
    std::vector<Flag> result;
    const auto add = [&result](std::string_view flags, std::string_view value) {
        const std::size_t comma = flags.find(',');
        result.push_back({flags.substr(0, comma), flags, value});
        if (comma != std::string_view::npos)
            result.push_back({flags.substr(comma + 1), flags, value});
    };
    for (const OptionSpec &option : all_options())
        add(option.flags, option.value);
    return result;
}

// The option that `word` names, alone or as the last of a cluster (-qp).
std::optional<Flag> flag_of(std::string_view word) {
    if (word.size() < 2 || word[0] != '-')
        return std::nullopt;
    const std::string name = word[1] == '-' ? std::string(word) : std::string{'-', word.back()};
    const auto flags = all_flags();
    const auto found = std::ranges::find(flags, name, &Flag::name);
    return found == flags.end() ? std::nullopt : std::optional(*found);
}

Problem missing_value(std::string_view flags, std::string_view value) {
    return {fmt::format("{} needs a value: {}", option_name(flags), value)};
}

// Separates options from their values and from other words; says nothing about what they mean.
Parsed<Given> separate(const Words &words) {
    // CLI11 would take the next word as the value, or none for a flag.
    for (const std::string &word : words) {
        if (!word.starts_with("--") || word.find('=') != word.size() - 1)
            continue;
        const auto flag = flag_of(word.substr(0, word.size() - 1));
        if (flag && flag->value.empty())
            return Problem{fmt::format("{} takes no value: leave out the =", flag->name)};
        if (flag)
            return missing_value(flag->flags, flag->value);
    }

    CLI::App app;
    app.set_help_flag();
    app.allow_windows_style_options(false);
    app.allow_extras();
    std::vector<std::pair<std::string_view, CLI::Option *>> declared;
    for (const OptionSpec &option : all_options()) {
        const std::string names(option.flags);
        CLI::Option *declared_now =
            option.value.empty() ? app.add_flag(names) : app.add_option(names);
        declared.emplace_back(option.flags, declared_now->take_all());
    }
    try {
        app.parse(Words(words.rbegin(), words.rend()));
    } catch (const CLI::ArgumentMismatch &mismatch) {
        const auto flag = words.empty() ? std::nullopt : flag_of(words.back());
        return flag ? missing_value(flag->flags, flag->value) : Problem{mismatch.what()};
    } catch (const CLI::Error &error) {
        return Problem{error.what()};
    }
    Given given;
    for (const auto &[flags, option] : declared)
        if (option->count() > 0)
            given.options.push_back({flags, option->results()});
    given.rest = app.remaining();
    return given;
}

// The command line from the first bare `word` on, as it would stand behind --.
std::string as_command(const Words &words, const std::string &word) {
    constexpr std::size_t long_enough = 60;
    auto from = words.begin();
    for (; from != words.end(); ++from) {
        if (*from != word)
            continue;
        const auto before = from == words.begin() ? std::nullopt : flag_of(*(from - 1));
        if (!before || before->value.empty())
            break;
    }
    std::string text = "--";
    for (; from != words.end(); ++from) {
        if (text.size() + from->size() > long_enough)
            return text + " ...";
        const bool plain = !from->empty() &&
                           from->find_first_of(" \t\n\"'\\$`*?[]{}()<>|&;#~!") == std::string::npos;
        text += plain ? " " + *from : " " + in_quotes(*from);
    }
    return text;
}

Problem unknown_option(const std::string &word) {
    const std::string name = word.substr(0, word.find('='));
    std::vector<std::string_view> names;
    const auto flags = all_flags();
    for (const Flag &flag : flags)
        if (flag.name.starts_with("--"))
            names.push_back(flag.name);
    if (name.size() > 4)
        if (const auto meant = nearest(name, names))
            return {fmt::format("unknown option {}, did you mean {}?", in_quotes(name), *meant)};
    return {fmt::format("unknown option {}: tcptrail --help lists them", in_quotes(name))};
}

Problem unknown_view(const std::string &word, const Words &words) {
    std::vector<std::string_view> names;
    for (const ViewInfo &view : all_views())
        names.push_back(view.name);
    if (const auto meant = nearest(word, names))
        return {fmt::format("unknown view {}, did you mean '{}'?", in_quotes(word), *meant)};
    return {fmt::format("unknown view {}, did you mean `{}`?", in_quotes(word),
                        as_command(words, word))};
}

// 10, 0.5; not 10.0.0.7.
bool is_number(std::string_view word) {
    return word.find_first_not_of("0123456789.") == std::string_view::npos &&
           word.find_first_not_of('.') != std::string_view::npos &&
           std::ranges::count(word, '.') <= 1;
}

// What was meant as INTERVAL or COUNT, if wrongly written: 5s.
bool is_meant_as_number(std::string_view word, const ViewInfo *view) {
    return is_number(word) || (view != nullptr && view->intervals && is_number(word.substr(0, 1)));
}

// The view and the numbers behind it, and that nothing but options stands beside them.
struct Chosen {
    const ViewInfo *view = nullptr;
    Words numbers; // INTERVAL and COUNT
};

Parsed<Chosen> choose_view(const Given &given, const Words &words) {
    Words numbers;
    const ViewInfo *view = nullptr;
    for (const std::string &word : given.rest) {
        if (word.size() > 1 && word[0] == '-')
            return unknown_option(word);
        if (is_meant_as_number(word, view)) {
            numbers.push_back(word);
            continue;
        }
        if (view != nullptr)
            return Problem{fmt::format("{} is one word too many: a command to run stands behind "
                                       "--, values of a list are joined by commas",
                                       in_quotes(word))};
        view = find_view(word);
        if (view == nullptr)
            return unknown_view(word, words);
    }
    view = view != nullptr ? view : &all_views().front();
    if (!numbers.empty() && given.has("--info"))
        return Problem{fmt::format("--info traces nothing: leave out {}", numbers.front())};
    if (!numbers.empty() && !view->intervals)
        return Problem{fmt::format("{0} takes no INTERVAL {1}: to stop after {1} seconds give "
                                   "-d {1}; values of a list are joined by commas",
                                   view->name, numbers.front())};
    if (numbers.size() > 2)
        return Problem{fmt::format("{} is one number too many: {} takes INTERVAL and COUNT",
                                   in_quotes(numbers[2]), view->name)};
    return Chosen{view, numbers};
}

std::optional<Problem> apply_values(const Given &given, Draft &draft) {
    for (const OptionSpec &option : all_options()) {
        const Words *values = given.find(option_name(option.flags));
        if (values == nullptr)
            continue;
        for (const std::string &value : *values) {
            const auto name = option_name(option.flags);
            if (option.apply == nullptr && value != "true")
                return Problem{
                    fmt::format("{} takes no value: leave out {}", name, in_quotes(value))};
            if (option.apply == nullptr)
                continue;
            if (value.starts_with("--") || (value.size() == 2 && flag_of(value)))
                return Problem{fmt::format("{} needs a value ({}), but {} is an option", name,
                                           option.value, in_quotes(value))};
            if (auto problem = option.apply(draft, value))
                return Problem{fmt::format("{}: {}", name, problem->text)};
        }
    }
    return std::nullopt;
}

// [INTERVAL [COUNT]]
std::optional<Problem> set_interval(const Words &numbers, RowOptions &rows) {
    constexpr std::chrono::milliseconds shortest{100};
    constexpr std::uint32_t count_limit = 1'000'000'000;
    if (!numbers.empty()) {
        const auto interval = parse_seconds(numbers[0]);
        if (const auto *problem = std::get_if<Problem>(&interval))
            return Problem{"INTERVAL: " + problem->text};
        rows.interval = std::get<std::chrono::milliseconds>(interval);
        if (*rows.interval < shortest)
            return Problem{"INTERVAL: give 0.1 seconds or more"};
    }
    if (numbers.size() > 1) {
        const auto count = parse_number(numbers[1], 1, count_limit, "a count of tables");
        if (const auto *problem = std::get_if<Problem>(&count))
            return Problem{"COUNT: " + problem->text};
        rows.count = std::get<std::uint32_t>(count);
    }
    return std::nullopt;
}

void set_flags(const Given &given, Options &options) {
    options.failed_only = given.has("--failed");
    options.open = given.has("--open");
    options.needs.open = options.needs.open || options.open;
    options.rows.clear = !given.has("--no-clear");
    options.rows.idle = given.has("--all");
    options.output.human = given.has("--human");
    options.output.names = given.has("--names");
    if (given.has("-4"))
        options.birth.family = Family::ipv4;
    if (given.has("-6"))
        options.birth.family = Family::ipv6;
    options.existing = !given.has("--no-existing");
    if (given.has("-T"))
        options.output.time = TimeColumn::clock;
    if (given.has("-t"))
        options.output.time = TimeColumn::since_start;
    options.output.wide = given.has("--wide");
    if (given.has("--json"))
        options.output.format = Format::json;
    if (given.has("--csv"))
        options.output.format = Format::csv;
    options.output.header = !given.has("--no-header");
    options.quiet = given.has("-q");
    options.verbose = given.has("-v");
    options.info = given.has("--info");
}

// -e connect,close: only these; -e ^close: all but these.
std::optional<Problem> set_events(const std::vector<Rule<EventKind>> &rules, Options &options) {
    // How a connection opened says nothing of how it will end.
    const bool only_ends = !options.needs.openings || options.failed_only || options.slower;
    const auto shown = [&rules](EventKind kind) {
        bool any_included = false;
        bool included = false;
        for (const auto &rule : rules) {
            if (rule.exclude && rule.value == kind)
                return false;
            any_included = any_included || !rule.exclude;
            included = included || (!rule.exclude && rule.value == kind);
        }
        return included || !any_included;
    };
    options.connect = shown(EventKind::connect);
    options.accept = shown(EventKind::accept);
    options.close = shown(EventKind::close);
    const bool only_closes = options.close && !options.connect && !options.accept;
    if (only_ends && !rules.empty() && !only_closes)
        return Problem{"--event: --failed and --slower choose closes, leave out --event"};
    if (!options.connect && !options.accept && !options.close)
        return Problem{"--event: nothing is left to show, choose from connect, accept, close"};
    options.connect = options.connect && !only_ends;
    options.accept = options.accept && !only_ends;
    return std::nullopt;
}

using Result = std::variant<Options, Answer>;

Answer refusal(const Problem &problem) {
    return {2, problem.text};
}

Result read(const Words &words, std::optional<Words> command) {
    auto separated = separate(words);
    if (const auto *problem = std::get_if<Problem>(&separated))
        return refusal(*problem);
    auto &given = std::get<Given>(separated);
    given.command = std::move(command);
    if (given.has("--version"))
        return Answer{0, version_text()};
    if (given.has("--help") && given.rest.empty())
        return Answer{0, overview_help()};
    const auto chosen = choose_view(given, words);
    if (const auto *problem = std::get_if<Problem>(&chosen))
        return refusal(*problem);
    const auto &[view, numbers] = std::get<Chosen>(chosen);
    if (given.has("--help"))
        return Answer{0, view_help(*view)};

    Draft draft;
    draft.view = view;
    draft.options.view = view->name;
    draft.options.needs = view->needs;
    auto problem = check_reach(given, *view);
    if (!problem)
        problem = apply_values(given, draft);
    set_flags(given, draft.options);
    if (!problem)
        problem = set_interval(numbers, draft.options.rows);
    if (!problem)
        problem = check_together(given, *view, draft.options);
    if (!problem)
        problem = set_events(draft.events, draft.options);
    if (problem)
        return refusal(*problem);
    if (given.command)
        draft.options.command = Command{*given.command, draft.user};
    return std::move(draft.options);
}

} // namespace

std::variant<Options, Answer> parse_options(int argc, const char *const *argv) {
    try {
        const Words all(argv + std::min(argc, 1), argv + argc);
        const auto dashes = std::ranges::find(all, "--");
        std::optional<Words> command;
        if (dashes != all.end())
            command.emplace(dashes + 1, all.end());
        return read(Words(all.begin(), dashes), std::move(command));
    } catch (const std::exception &error) {
        return Answer{2, fmt::format("cannot read the command line: {}", error.what())};
    }
}

} // namespace tcptrail
