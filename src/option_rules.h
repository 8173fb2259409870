// Which options may stand together, and with which view: whatever their values are.
#pragma once

#include <optional>

#include "given.h"
#include "parse.h"
#include "views/catalog.h"

namespace tcptrail {

// None of the options is foreign to the view, or to --info.
[[nodiscard]] std::optional<Problem> check_reach(const Given &given, const ViewInfo &view);

// No two of the options contradict each other; COMMAND goes with them and with the view.
[[nodiscard]] std::optional<Problem> check_together(const Given &given, const ViewInfo &view,
                                                    const Options &options);

} // namespace tcptrail
