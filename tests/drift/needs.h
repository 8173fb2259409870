// Everything that tcptrail asks of a kernel's BTF, by name.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "types.h"

namespace drift {

// Whether a kernel with these types has it.
using Met = std::function<bool(const Types &kernel)>;

// One of the ways is enough, each takes all its needs.
struct Choice {
    std::string what;
    std::vector<std::vector<std::string>> ways;
};

struct Needs {
    std::map<std::string, Met> all; // sock.sk_err, function:tcp_connect
    std::vector<Choice> choices;
};

// What the object's relocations and programs ask, and the hooks of src/kernel/hooks.cpp.
[[nodiscard]] Needs needs_of(const std::string &object);

} // namespace drift
