#include "help.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "option_table.h"

#ifndef TCPTRAIL_VERSION
#define TCPTRAIL_VERSION "unknown" // the build says it
#endif

namespace tcptrail {

namespace {

constexpr std::size_t screen_width = 80;

// "  -p, --pid PID,...           owner's process id"
std::string option_line(const OptionSpec &option, int width) {
    const std::size_t comma = option.flags.find(',');
    std::string flags(option.flags);
    if (comma != std::string_view::npos)
        flags.insert(comma + 1, 1, ' ');
    else if (flags.starts_with("--"))
        flags.insert(0, 4, ' ');
    if (!option.value.empty())
        flags += fmt::format(" {}", option.value);
    return fmt::format("  {:<{}}  {}\n", flags, width, option.meaning);
}

// The words on lines no longer than the screen, each line behind two blanks.
std::string wrapped(std::span<const std::string> words, std::string_view between) {
    std::string text;
    std::string line;
    for (const std::string &word : words) {
        if (!line.empty() && line.size() + between.size() + word.size() + 2 > screen_width) {
            text += fmt::format("  {}\n", line);
            line.clear();
        }
        if (!line.empty())
            line += between;
        line += word;
    }
    return text + fmt::format("  {}\n", line);
}

std::string section_lines(Section section) {
    constexpr int width = 27;
    std::string text;
    for (const OptionSpec &option : all_options())
        if (option.section == section)
            text += option_line(option, width);
    return text;
}

std::string examples(std::span<const Example> list) {
    std::size_t width = 0;
    for (const Example &example : list)
        width = std::max(width, example.command.size());
    std::string text;
    for (const Example &example : list)
        text += fmt::format("  {:<{}}  {}\n", example.command, width, example.shows);
    return text;
}

} // namespace

std::string overview_help() {
    std::string text = "Usage: tcptrail [VIEW] [OPTION...] [-- COMMAND [ARG...]]\n"
                       "       tcptrail VIEW --help | --info | --version\n"
                       "Shows this host's TCP connections, each with the process that owns it.\n"
                       "Run as root. Ctrl-C ends it.\n\nViews:\n";
    for (const ViewInfo &view : all_views())
        text += fmt::format("  {:<7}{}{}\n", view.name, view.summary,
                            &view == &all_views().front() ? " (the default)" : "");
    text += "\nWith -- COMMAND: run it, show only its connections, end when it ends.\n"
            "\nWhich connections. Lists are or-ed, options and-ed; ^VALUE excludes: -P ^22\n";
    text += section_lines(Section::filter);
    text += "\nWhat is printed:\n" + section_lines(Section::output);
    text += "\nHow it runs:\n" + section_lines(Section::running);
    for (const auto &[views, keys] :
         {std::pair{"trace, life, top", all_views().front().column_keys},
          std::pair{"links", all_views().back().column_keys}}) {
        const auto all = keys();
        text += fmt::format("\nColumns for -o of {}:\n", views);
        text += wrapped(std::vector<std::string>(all.begin(), all.end()), " ");
    }
    return text;
}

std::string view_help(const ViewInfo &view) {
    constexpr int width = 21;
    std::string own_lines;
    std::vector<std::string> common;
    for (const OptionSpec &option : all_options()) {
        const auto name = option_name(option.flags);
        if (option.reach != Reach::own)
            common.emplace_back(option.flags);
        else if (honours(view, name))
            own_lines += option_line(option, width);
    }
    return fmt::format("Usage: tcptrail {0} {5}\n"
                       "{0}: {1}\n\n"
                       "Its own options:\n{2}\n"
                       "Options of every view (tcptrail --help says what they mean):\n{3}\n"
                       "Examples:\n{4}",
                       view.name, view.summary, own_lines, wrapped(common, "  "),
                       examples(view.examples), view.usage);
}

std::string version_text() {
    return "tcptrail " TCPTRAIL_VERSION "\n";
}

} // namespace tcptrail
