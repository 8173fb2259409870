#include <fmt/format.h>

#include "completion/completion.h"
#include "views/catalog.h"

namespace tcptrail {
namespace {

// Within single quotes, in a description of _arguments.
std::string quoted(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\'')
            result += "'\\'";
        else if (c == '[' || c == ']' || c == ':' || c == '\\')
            result += '\\';
        result += c;
    }
    return result;
}

std::string action(const Value &value) {
    const std::string_view item = value.list ? "_tcptrail_item " : "";
    switch (value.candidates) {
    case Candidates::words:
        return fmt::format("{{{}compadd -- {}}}", item, joined(value.words, " "));
    case Candidates::columns:
        return fmt::format("{{{}compadd -a columns}}", item);
    case Candidates::files:
        return "_files";
    case Candidates::directories:
        return "_directories";
    case Candidates::pids:
        return fmt::format("{{{}_pids}}", item);
    case Candidates::users:
        return fmt::format("{{{}_users}}", item);
    case Candidates::none:
        break;
    }
    return " ";
}

// '*'{-p+,--pid=}'[meaning]:PID,...:action'
std::string spec(const OptionSpec &option) {
    const auto names = names_of(option);
    std::string text =
        option.value.empty() ? fmt::format("'({})'", joined(names, " ")) : std::string("'*'");
    std::string flags;
    for (const std::string_view name : names) {
        const std::string_view joins = option.value.empty()     ? ""
                                       : name.starts_with("--") ? "="
                                                                : "+";
        flags += fmt::format("{}{}{}", flags.empty() ? "" : ",", name, joins);
    }
    text += names.size() > 1 ? fmt::format("{{{}}}", flags) : flags;
    text += fmt::format("'[{}]", quoted(option.meaning));
    if (!option.value.empty())
        text += fmt::format(":{}:{}", quoted(option.value), action(value_of(option)));
    return text + "'";
}

std::string columns_by_view() {
    std::string text;
    for (const ViewInfo &view : all_views())
        text +=
            fmt::format("({}{}) columns=({}) ;;\n", view.name,
                        &view == &all_views().front() ? "|" : "", joined(view.column_keys(), " "));
    return text;
}

std::string options_of_case(std::string_view pattern,
                            const std::vector<const OptionSpec *> &options) {
    std::string text = fmt::format("({})\n\toptions=(\n", pattern);
    for (const OptionSpec *option : options)
        text += fmt::format("\t\t{}\n", spec(*option));
    return text + "\t)\n\t;;\n";
}

std::string options_by_view() {
    std::string text;
    for (const ViewInfo &view : all_views())
        text += options_of_case(view.name, options_of(view));
    std::vector<const OptionSpec *> all;
    for (const OptionSpec &option : all_options())
        all.push_back(&option);
    return text + options_of_case("*", all);
}

} // namespace

Insertions zsh_completion() {
    return {{"@views@", joined(view_names(), "|")},
            {"@view_words@", joined(view_names(), " ")},
            {"@with_value@", joined(names_with_value(), "|")},
            {"@columns_by_view@\n", columns_by_view()},
            {"@options_by_view@\n", options_by_view()}};
}

} // namespace tcptrail
