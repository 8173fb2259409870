#include "output/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace tcptrail {

std::optional<ScreenSize> screen_size(int fd) {
    const char *const term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe): one thread
    winsize size{};
    if (isatty(fd) == 0 || term == nullptr || std::string_view(term) == "dumb")
        return std::nullopt;
    constexpr ScreenSize usual{24, 80};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return usual;
    return ScreenSize{size.ws_row, size.ws_col};
}

void append_frame(std::string &out, std::string_view lines) {
    constexpr std::string_view home_without_wrap = "\x1b[?7l\x1b[H";
    // Behind a full line the cursor stands on its last character: erasing comes first.
    constexpr std::string_view begin_of_line = "\x1b[K";
    constexpr std::string_view end_of_line = "\r\n";
    constexpr std::string_view clear_below_and_wrap = "\x1b[J\x1b[?7h";
    out += home_without_wrap;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        out += begin_of_line;
        out += lines.substr(0, end);
        out += end_of_line;
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
    out += clear_below_and_wrap;
}

bool wants_paint() {
    const char *const refusal = std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe)
    return refusal == nullptr || *refusal == '\0';
}

void paint_word(std::string &out, std::size_t index, Paint paint) {
    const bool is_alarm = paint == Paint::alarm;
    const std::string_view on = is_alarm ? "\x1b[31m" : "\x1b[1;4m";
    const std::string_view off = is_alarm ? "\x1b[39m" : "\x1b[22;24m";
    const std::size_t line = out.size() < 2 ? 0 : out.rfind('\n', out.size() - 2) + 1;
    std::size_t begin = out.find_first_not_of(" \n", line);
    for (; begin != std::string::npos && index > 0; --index)
        begin = out.find_first_not_of(" \n", out.find(' ', begin));
    if (begin == std::string::npos)
        return;
    out.insert(std::min(out.find_first_of(" \n", begin), out.size()), off);
    out.insert(begin, on);
}

} // namespace tcptrail
