// What each view is to its users: name, purpose, options of its own, examples; and how it is made.
// To add a view, add its entry here and its file beside.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.h"
#include "output/names.h"
#include "output/sink.h"
#include "views/view.h"

namespace tcptrail {

struct Example {
    std::string_view command;
    std::string_view shows;
};

// Writes to `sink`. `start` is the zero of -t, `names` what --names shows, nullptr: nothing. `sink`
// and `names` must outlive it. A string is the reason for a refusal, one line.
using MakeView = std::variant<std::unique_ptr<View>, std::string>(const Options &options,
                                                                  Sink &sink, WallTime start,
                                                                  const Names *names);

struct ViewInfo {
    std::string_view name;
    std::string_view summary; // one line of --help
    std::string_view usage;   // what may stand behind its name
    Needs needs;
    bool runs_command = false;                                // -- COMMAND makes sense
    bool intervals = false;                                   // INTERVAL and COUNT make sense
    std::vector<std::string_view> (*column_keys)() = nullptr; // what --columns takes
    // The key of the column that has this title, in the view's own table before others.
    std::optional<std::string_view> (*key_of_title)(std::string_view title) = nullptr;
    MakeView *make = nullptr;
    std::span<const std::string_view> options; // flags (`--event`, `-x`) beyond the common ones
    std::array<Example, 3> examples;
};

[[nodiscard]] std::span<const ViewInfo> all_views();

// True for an option of its own; those common to all views are not in the catalog.
[[nodiscard]] bool honours(const ViewInfo &view, std::string_view option);

// nullptr: no view has this name.
[[nodiscard]] const ViewInfo *find_view(std::string_view name);

} // namespace tcptrail
