// What --help and --version print, made from the options' table and the catalog of views.
#pragma once

#include <string>
#include <string_view>

#include "views/catalog.h"

namespace tcptrail {

// Every view and every option.
[[nodiscard]] std::string overview_help();

// One view on one screen: 24 lines of 80 columns at most.
[[nodiscard]] std::string view_help(const ViewInfo &view);

[[nodiscard]] std::string version_text();

} // namespace tcptrail
