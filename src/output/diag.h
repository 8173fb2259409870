// The only writer to stderr: one line per message. It never fails: a stderr that is closed, broken
// or stuck loses messages, not the run.
#pragma once

#include <string_view>
#include <unistd.h>

namespace tcptrail {

class Diag {
  public:
    // Writes to `fd` and never closes it.
    explicit Diag(int fd = STDERR_FILENO) : fd_(fd) {}

    // `tcptrail: TEXT`. Control bytes of the text are escaped, line ends too but for a last one.
    void problem(std::string_view text) const;

    // The text alone, escaped likewise: the banner.
    void notice(std::string_view text) const;

  private:
    int fd_;
};

} // namespace tcptrail
