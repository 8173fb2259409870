// A terminal of a certain size that nobody looks at.
#pragma once

#include "catch.h"

#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tcptrail {

// TERM names one that can be drawn on for as long as it lives.
class Terminal {
  public:
    Terminal(unsigned short rows, unsigned short columns)
        : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE(master_ >= 0);
        REQUIRE(grantpt(master_) == 0);
        REQUIRE(unlockpt(master_) == 0);
        slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
        REQUIRE(slave_ >= 0);
        if (const char *term = std::getenv("TERM"))
            term_before_ = term;
        setenv("TERM", "xterm", 1);
        resize(rows, columns);
    }
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;
    ~Terminal() {
        close(slave_);
        close(master_);
        if (term_before_)
            setenv("TERM", term_before_->c_str(), 1);
        else
            unsetenv("TERM");
    }

    void resize(unsigned short rows, unsigned short columns) const {
        winsize size{};
        size.ws_row = rows;
        size.ws_col = columns;
        REQUIRE(ioctl(slave_, TIOCSWINSZ, &size) == 0);
    }

    [[nodiscard]] int fd() const { return slave_; }

  private:
    int master_ = -1;
    int slave_ = -1;
    std::optional<std::string> term_before_;
};

} // namespace tcptrail
