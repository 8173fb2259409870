// How much of a heavy test is run here: an emulated machine gets a part of it.
#pragma once

#include <cstdlib>

namespace live {

inline bool is_emulated() {
    return std::getenv("TCPTRAIL_EMULATED") != nullptr; // set by tests/vm
}

inline int scaled(int natively, int emulated) {
    return is_emulated() ? emulated : natively;
}

} // namespace live
