// Links as a picture: a graph in the language of graphviz.
#pragma once

#include <string>

#include "flow/link_map.h"

namespace tcptrail {

// Appends one whole graph, of what was counted until `time`.
void append_dot(std::string &out, const LinkMap &map, WallTime time);

} // namespace tcptrail
