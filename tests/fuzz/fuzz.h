// What the fuzzing targets share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "output/text.h"
#include "output/utf8.h"

namespace tcptrail::fuzz {

// libFuzzer keeps the input that breaks it.
inline void require(bool holds) {
    if (!holds)
        std::abort();
}

// Nothing in it acts on a terminal.
inline bool shows(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        if (!step.valid || (is_invisible(step.code) && step.code != ' '))
            return false;
        text.remove_prefix(step.length);
    }
    return true;
}

// The text as Diag writes it.
inline std::string printed(std::string_view text) {
    std::string line(text_room(text.size()), '\0');
    line.resize(static_cast<std::size_t>(put_printable(line.data(), text) - line.data()));
    return line;
}

} // namespace tcptrail::fuzz

// libFuzzer calls it with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);
