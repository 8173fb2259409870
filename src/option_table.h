// Every option, declared once: its flags, what its value looks like, what it means, what it sets.
// The command line's reader and the help follow from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "parse.h"
#include "views/catalog.h"

namespace tcptrail {

// The command line while it is being read.
struct Draft {
    Options options;
    std::vector<Rule<EventKind>> events;
    std::optional<std::string> user;
    const ViewInfo *view = nullptr; // its columns are what --columns and --sort take
};

enum class Section : std::uint8_t { filter, output, running };

// Who may use an option.
enum class Reach : std::uint8_t {
    every_view,
    every_view_and_info, // --info too
    own,                 // the views that name it in the catalog
};

struct OptionSpec {
    std::string_view flags;   // "-p,--pid", as CLI11 takes them
    std::string_view value;   // what it looks like; empty: it takes none
    std::string_view meaning; // one line of --help
    Section section = Section::filter;
    Reach reach = Reach::every_view;
    // Reads one value; null for a flag.
    std::optional<Problem> (*apply)(Draft &draft, const std::string &value) = nullptr;
    // Why the views that do not name it refuse it: a clause behind the option's name.
    std::string_view refusal{};
};

// In the order of --help.
[[nodiscard]] std::span<const OptionSpec> all_options();

// "-p,--pid" -> "--pid", "-4" -> "-4": its name in messages and in the catalog.
[[nodiscard]] std::string_view option_name(std::string_view flags);

} // namespace tcptrail
