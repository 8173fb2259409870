#include <fmt/format.h>

#include "completion/completion.h"
#include "views/catalog.h"

namespace tcptrail {
namespace {

std::string line(std::string_view pattern, std::string_view commands) {
    return fmt::format("\t{}) {} ;;\n", pattern, commands);
}

std::string echo(const std::vector<std::string_view> &words) {
    return fmt::format("echo '{}'", joined(words, " "));
}

std::vector<std::string_view> all_names(const std::vector<const OptionSpec *> &options) {
    std::vector<std::string_view> names;
    for (const OptionSpec *option : options)
        for (const std::string_view name : names_of(*option))
            names.push_back(name);
    return names;
}

std::string options_by_view() {
    std::string text = line("views", echo(view_names()));
    for (const ViewInfo &view : all_views())
        text += line(view.name, echo(all_names(options_of(view))));
    std::vector<const OptionSpec *> all;
    for (const OptionSpec &option : all_options())
        all.push_back(&option);
    return text + line("*", echo(all_names(all)));
}

std::string columns_by_view() {
    std::string text;
    for (const ViewInfo &view : all_views())
        text += line(view.name, echo(view.column_keys()));
    return text + line("*", echo(all_views().front().column_keys()));
}

std::string action(const Value &value) {
    switch (value.candidates) {
    case Candidates::words:
        return fmt::format("_tcptrail_words \"$3\" -W '{}'", joined(value.words, " "));
    case Candidates::columns:
        return "_tcptrail_words \"$3\" -W \"$(_tcptrail_columns \"$2\")\"";
    case Candidates::files:
        return "compopt -o filenames && _tcptrail_words \"$3\" -f";
    case Candidates::directories:
        return "compopt -o filenames && _tcptrail_words \"$3\" -d";
    case Candidates::pids:
        return "_tcptrail_words \"$3\" -W \"$(cd /proc && echo [0-9]*)\"";
    case Candidates::users:
        return "_tcptrail_words \"$3\" -u";
    case Candidates::none:
        break;
    }
    return "";
}

std::string values() {
    std::string text;
    for (const OptionSpec &option : all_options()) {
        const Value value = value_of(option);
        if (value.candidates != Candidates::none)
            text += line(joined(names_of(option), " | "),
                         (value.list ? "_tcptrail_item \"$3\" && " : "") + action(value));
    }
    return text;
}

} // namespace

Insertions bash_completion() {
    return {{"@views@", joined(view_names(), " | ")},
            {"@with_value@", joined(names_with_value(), " | ")},
            {"@options_by_view@\n", options_by_view()},
            {"@columns_by_view@\n", columns_by_view()},
            {"@values@\n", values()}};
}

} // namespace tcptrail
