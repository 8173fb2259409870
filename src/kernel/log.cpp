#include "kernel/log.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <sstream>
#include <string>

#include <bpf/libbpf.h>

#include "output/diag.h"

namespace tcptrail {
namespace {

// A message may be a whole verifier log.
int say(libbpf_print_level level, const char *format, va_list args) {
    if (level == LIBBPF_DEBUG)
        return 0;
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(nullptr, 0, format, args);
    std::string text(static_cast<std::size_t>(std::max(length, 0)) + 1, '\0');
    vsnprintf(text.data(), text.size(), format, again);
    va_end(again);
    text.pop_back();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        Diag().notice(line);
    return length;
}

int say_nothing(libbpf_print_level, const char *, va_list) {
    return 0;
}

} // namespace

void log_libbpf(bool verbose) {
    libbpf_set_print(verbose ? say : say_nothing);
}

} // namespace tcptrail
