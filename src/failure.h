// Why something could not be done: one line for the user.
#pragma once

#include <optional>
#include <string>
#include <variant>

namespace tcptrail {

struct Failure {
    std::string message; // what is missing and how to get it; no trailing newline
};

template <typename T> using Result = std::variant<T, Failure>;

// "WHAT: text of the errno"; takes either sign, as libbpf returns negative ones.
[[nodiscard]] Failure failure(const std::string &what, int error);

} // namespace tcptrail
