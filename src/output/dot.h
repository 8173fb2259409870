// Links as a picture: a graph in the language of graphviz.
#pragma once

#include <string>

#include "flow/link_map.h"
#include "output/names.h"

namespace tcptrail {

// Appends one whole graph, of what was counted until `time`. nullptr: without names of addresses
// and ports.
void append_dot(std::string &out, const LinkMap &map, WallTime time, const Names *names);

} // namespace tcptrail
