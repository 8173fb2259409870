// What --help and --version print, made from the options' table and the catalog of views.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "views/catalog.h"

namespace tcptrail {

// Every view and every option. `column_keys` are the names that --columns takes.
[[nodiscard]] std::string overview_help(std::span<const std::string_view> column_keys);

// One view on one screen: 24 lines of 80 columns at most.
[[nodiscard]] std::string view_help(const ViewInfo &view);

[[nodiscard]] std::string version_text();

} // namespace tcptrail
