#include "completion/completion.h"

#include <array>

#include "views/catalog.h"
#include "words.h"

namespace tcptrail {
namespace {

template <typename Words> std::vector<std::string_view> names_in(const Words &words) {
    std::vector<std::string_view> names;
    names.reserve(words.size());
    for (const auto &word : words)
        names.push_back(word.name);
    return names;
}

} // namespace

Value value_of(const OptionSpec &option) {
    constexpr std::string_view more = ",...";
    std::string_view value = option.value;
    Value result;
    result.list = value.ends_with(more);
    if (result.list)
        value.remove_suffix(more.size());
    if (value == "EVENT")
        result.words = names_in(event_words);
    else if (value == "KIND")
        result.words = names_in(backend_words);
    else if (value == "FORMAT")
        result.words = names_in(format_words);
    else if (value == "client|server")
        result.words = names_in(role_words);
    else if (value == "COLUMN")
        result.candidates = Candidates::columns;
    else if (value == "FILE" || value == "INUM|PATH")
        result.candidates = Candidates::files;
    else if (value == "PATH")
        result.candidates = Candidates::directories;
    else if (value == "PID")
        result.candidates = Candidates::pids;
    else if (value == "USER")
        result.candidates = Candidates::users;
    if (!result.words.empty())
        result.candidates = Candidates::words;
    return result;
}

std::vector<std::string_view> names_of(const OptionSpec &option) {
    const std::size_t comma = option.flags.find(',');
    std::vector<std::string_view> names{option.flags.substr(0, comma)};
    if (comma != std::string_view::npos)
        names.push_back(option.flags.substr(comma + 1));
    return names;
}

std::vector<const OptionSpec *> options_of(const ViewInfo &view) {
    std::vector<const OptionSpec *> options;
    for (const OptionSpec &option : all_options())
        if (option.reach != Reach::own || honours(view, option_name(option.flags)))
            options.push_back(&option);
    return options;
}

std::string joined(const std::vector<std::string_view> &words, std::string_view between) {
    std::string text;
    for (const std::string_view word : words)
        text.append(text.empty() ? "" : between).append(word);
    return text;
}

std::vector<std::string_view> view_names() {
    return names_in(all_views());
}

std::vector<std::string_view> names_with_value() {
    std::vector<std::string_view> names;
    for (const OptionSpec &option : all_options())
        if (!option.value.empty())
            for (const std::string_view name : names_of(option))
                names.push_back(name);
    return names;
}

} // namespace tcptrail
