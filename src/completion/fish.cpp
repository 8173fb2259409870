#include <fmt/format.h>

#include "completion/completion.h"
#include "views/catalog.h"

namespace tcptrail {
namespace {

// Within single quotes.
std::string quoted(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\'' || c == '\\')
            result += '\\';
        result += c;
    }
    return result;
}

std::string columns_by_view() {
    std::string text;
    for (const ViewInfo &view : all_views())
        text += fmt::format("        case {}\n            printf '%s\\n' {}\n",
                            &view == &all_views().front() ? "none trace" : std::string(view.name),
                            joined(view.column_keys(), " "));
    return text;
}

// The words that complete a value, as a command's output.
std::string action(const Value &value) {
    std::string_view words;
    switch (value.candidates) {
    case Candidates::words:
        return value.list ? fmt::format("(__tcptrail_list {})", joined(value.words, " "))
                          : joined(value.words, " ");
    case Candidates::columns:
        words = "(__tcptrail_columns)";
        break;
    case Candidates::directories:
        return "(__fish_complete_directories)";
    case Candidates::pids:
        words = "(__fish_complete_pids)";
        break;
    case Candidates::users:
        words = "(__fish_complete_users)";
        break;
    case Candidates::files:
    case Candidates::none:
        return "";
    }
    return value.list ? fmt::format("(__tcptrail_list {})", words) : std::string(words);
}

// Views that take an option, with "none" for where no view is chosen yet.
std::string views_of(const OptionSpec &option) {
    std::string text = "none";
    for (const ViewInfo &view : all_views())
        if (option.reach != Reach::own || honours(view, option_name(option.flags)))
            text += fmt::format(" {}", view.name);
    return text;
}

std::string completion_of(const OptionSpec &option) {
    std::string text = fmt::format("complete -c tcptrail -n '__tcptrail_in {}'", views_of(option));
    for (const std::string_view name : names_of(option))
        text += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                       : fmt::format(" -s {}", name.substr(1));
    const Value value = value_of(option);
    if (value.candidates == Candidates::files)
        text += " -r -F";
    else if (!option.value.empty())
        text += " -x";
    if (const std::string words = action(value); !words.empty())
        text += fmt::format(" -a '{}'", words);
    return text + fmt::format(" -d '{}'\n", quoted(option.meaning));
}

std::string views_and_options() {
    std::string text;
    for (const ViewInfo &view : all_views())
        text += fmt::format("complete -c tcptrail -n '__tcptrail_in none' -a {} -d '{}'\n",
                            view.name, quoted(view.summary));
    for (const OptionSpec &option : all_options())
        text += completion_of(option);
    return text;
}

} // namespace

Insertions fish_completion() {
    return {{"@views@", joined(view_names(), " ")},
            {"@with_value@", joined(names_with_value(), " ")},
            {"@columns_by_view@\n", columns_by_view()},
            {"@views_and_options@\n", views_and_options()}};
}

} // namespace tcptrail
