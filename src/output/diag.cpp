#include "output/diag.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <exception>
#include <poll.h>
#include <string>

#include "output/text.h"

namespace tcptrail {
namespace {

// How long a stderr that takes nothing may hold up the run.
constexpr int patience_ms = 100;

// What takes data at all takes PIPE_BUF bytes without waiting.
void write_all(int fd, std::string_view rest) {
    while (!rest.empty()) {
        pollfd watched{fd, POLLOUT, 0};
        if (::poll(&watched, 1, patience_ms) != 1)
            return;
        const ssize_t count =
            ::write(fd, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
        if (count > 0)
            rest.remove_prefix(static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            return;
    }
}

// One write(2) per message if it is not long, so that lines of several processes on one terminal do
// not mix.
void write_line(int fd, std::string_view prefix, std::string_view text) noexcept {
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    try {
        std::string line(prefix.size() + text_room(text.size()), ' ');
        char *end = put(line.data(), prefix);
        end = put(put_printable(end, text), '\n');
        write_all(fd, {line.data(), static_cast<std::size_t>(end - line.data())});
    } catch (const std::exception &) {
        write_all(fd, "tcptrail: out of memory\n");
    }
}

} // namespace

void Diag::problem(std::string_view text) const {
    write_line(fd_, "tcptrail: ", text);
}

void Diag::notice(std::string_view text) const {
    write_line(fd_, "", text);
}

} // namespace tcptrail
