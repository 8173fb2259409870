// Completion scripts for shells: filled in from the table of options and the catalog of views when
// tcptrail is built, so that they offer what it takes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "option_table.h"

namespace tcptrail {

// What takes the place of each @mark@ of a shell's script.
using Insertions = std::vector<std::pair<std::string_view, std::string>>;

[[nodiscard]] Insertions bash_completion();
[[nodiscard]] Insertions zsh_completion();
[[nodiscard]] Insertions fish_completion();

// What stands where a value is expected.
enum class Candidates : std::uint8_t {
    none, // nothing that could be listed
    words,
    columns, // of the view
    files,
    directories,
    pids,
    users,
};

struct Value {
    Candidates candidates = Candidates::none;
    std::vector<std::string_view> words; // of Candidates::words
    bool list = false;                   // separated by commas, each perhaps behind ^ or +
};

[[nodiscard]] Value value_of(const OptionSpec &option);

// "-p", "--pid".
[[nodiscard]] std::vector<std::string_view> names_of(const OptionSpec &option);

// The options that this view takes.
[[nodiscard]] std::vector<const OptionSpec *> options_of(const ViewInfo &view);

[[nodiscard]] std::string joined(const std::vector<std::string_view> &words,
                                 std::string_view between);

[[nodiscard]] std::vector<std::string_view> view_names();

// The names of all options that take a value.
[[nodiscard]] std::vector<std::string_view> names_with_value();

} // namespace tcptrail
