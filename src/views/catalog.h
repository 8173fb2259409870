// What each view is to its users: name, purpose, options of its own, examples. Pure data; to add
// a view, add its entry here and its file beside.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace tcptrail {

struct Example {
    std::string_view command;
    std::string_view shows;
};

struct ViewInfo {
    std::string_view name;
    std::string_view summary;                  // one line of --help
    std::string_view usage;                    // what may stand behind its name
    std::span<const std::string_view> options; // flags (`--event`, `-x`) beyond the common ones
    std::array<Example, 3> examples;
};

[[nodiscard]] std::span<const ViewInfo> all_views();

// True for an option of its own; those common to all views are not in the catalog.
[[nodiscard]] bool honours(const ViewInfo &view, std::string_view option);

// nullptr: no view has this name.
[[nodiscard]] const ViewInfo *find_view(std::string_view name);

} // namespace tcptrail
