// Tables that are drawn again and again on a terminal.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "actor.h"
#include "catch.h"
#include "descriptor.h"
#include "tracer.h"

using namespace live;

namespace {

using Lines = std::vector<std::string>;

int open_master() {
    const int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    throw_unless(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0, "posix_openpt");
    return fd;
}

// A terminal, and what a program has drawn on it.
class Terminal {
  public:
    Terminal()
        : master_(open_master()),
          slave_(open(ptsname(master_.number()), O_RDWR | O_NOCTTY | O_CLOEXEC)) {}

    int slave() const { return slave_.number(); }

    void resize(unsigned short rows, unsigned short columns) const {
        winsize size{};
        size.ws_row = rows;
        size.ws_col = columns;
        throw_unless(ioctl(master_.number(), TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
    }

    // The lines of each frame that was drawn to its end, escape sequences taken out.
    std::vector<Lines> frames() {
        static const std::string home = "\x1b[H";
        static const std::string end = "\x1b[J";
        read_all();
        std::vector<Lines> all;
        for (std::size_t from = text_.find(home); from != std::string::npos;
             from = text_.find(home, from + 1)) {
            const std::size_t to = text_.find(end, from);
            if (to != std::string::npos)
                all.push_back(plain(text_.substr(from + home.size(), to - from - home.size())));
        }
        return all;
    }

  private:
    void read_all() {
        char buffer[4096];
        for (ssize_t count = 1; count > 0;) {
            count = read(master_.number(), buffer, sizeof buffer);
            text_.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        }
    }

    static Lines plain(std::string frame) {
        for (const std::string &code : {std::string("\x1b[K"), std::string("\r")})
            for (std::size_t at = frame.find(code); at != std::string::npos; at = frame.find(code))
                frame.erase(at, code.size());
        return lines_of(frame);
    }

    Descriptor master_;
    Descriptor slave_;
    std::string text_;
};

bool fits(const Lines &frame, std::size_t rows, std::size_t columns) {
    return frame.size() < rows && std::all_of(frame.begin(), frame.end(), [&](const auto &line) {
               return line.size() <= columns;
           });
}

} // namespace

TEST_CASE("on a terminal a table is drawn in place, fits it and follows its size",
          "[any-backend]") {
    stop_shared_tracer();
    setenv("TERM", "xterm", 1);
    Actor client("tt-client");
    Actor server("tt-server");
    std::string ports;
    for (int i = 0; i < 6; ++i)
        ports += "," + std::to_string(converse(client, server).server.local.port);
    ports.erase(0, 1);
    for (const Words &view : std::vector<Words>{{"top", "--all"}, {"links"}}) {
        CAPTURE(view.front());
        Terminal terminal;
        terminal.resize(6, 40);
        Words words = view;
        words.insert(words.end(), {"0.2", "-P", ports});
        Process process({.argv = tcptrail(words), .stdout_fd = terminal.slave()});
        const auto last_is = [&](std::size_t lines, std::size_t columns) {
            const auto frames = terminal.frames();
            return !frames.empty() && frames.back().size() == lines &&
                   fits(frames.back(), lines + 1, columns);
        };
        CHECK(eventually([&] { return last_is(5, 40); })); // the sums, the header and three rows
        terminal.resize(20, 80);
        const std::size_t rows = view.front() == "top" ? 12 : 6;
        CHECK(eventually([&] { return last_is(2 + rows, 80); }));
        CHECK(terminal.frames().back().at(1).ends_with(view.front() == "top" ? " RX_KB" : " RX"));
        process.signal(SIGINT);
        CHECK(process.wait() == 0);
    }
}
