// Tables that are drawn again and again on a terminal.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
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
    Terminal(unsigned short rows, unsigned short columns)
        : master_(open_master()),
          slave_(open(ptsname(master_.number()), O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        resize(rows, columns);
    }

    int slave() const { return slave_.number(); }

    void resize(unsigned short rows, unsigned short columns) const {
        winsize size{};
        size.ws_row = rows;
        size.ws_col = columns;
        throw_unless(ioctl(master_.number(), TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
    }

    // As fingers do.
    void type(std::string_view keys) const {
        throw_unless(write(master_.number(), keys.data(), keys.size()) ==
                         static_cast<ssize_t>(keys.size()),
                     "write to a terminal");
    }

    // Lines are edited and echoed, as a shell leaves it for what it starts.
    bool is_ordinary() const {
        termios modes{};
        throw_unless(tcgetattr(master_.number(), &modes) == 0, "tcgetattr");
        return (modes.c_lflag & ICANON) != 0 && (modes.c_lflag & ECHO) != 0;
    }

    std::string first_line() {
        const auto all = frames();
        return all.empty() || all.back().empty() ? "" : all.back().front();
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
        for (const std::string code : {"\x1b[K", "\r", "\x1b[1;4m", "\x1b[22;24m"})
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

// For a process: the terminal that is its stdin controls it, in a session of its own.
void control_by_stdin() {
    throw_unless(setsid() >= 0 && ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
}

void give_terminal_to(pid_t group) {
    std::signal(SIGTTOU, SIG_IGN);
    throw_unless(tcsetpgrp(STDIN_FILENO, group) == 0, "tcsetpgrp");
}

// Goes on in a child, which is a job of this process, as of a shell.
pid_t fork_job() {
    control_by_stdin();
    const pid_t job = fork();
    throw_unless(job >= 0, "fork");
    setpgid(job, job); // by both, whoever is first
    return job;
}

constexpr int modes_were_kept = 99;

// A shell that continues what was stopped. Its status is the job's, unless that was never stopped,
// or kept the terminal's modes.
void be_continued() {
    const pid_t job = fork_job();
    if (job == 0) {
        give_terminal_to(getpid());
        std::signal(SIGTTOU, SIG_DFL);
        return;
    }
    int status = 0;
    int stops = 0;
    while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
        termios modes{};
        give_terminal_to(getpgrp());
        if (tcgetattr(STDIN_FILENO, &modes) != 0 || (modes.c_lflag & ICANON) == 0)
            _exit(modes_were_kept);
        ++stops;
        give_terminal_to(job);
        kill(job, SIGCONT);
    }
    _exit(stops == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : modes_were_kept);
}

// A shell that keeps the terminal for itself.
void be_in_background() {
    const pid_t job = fork_job();
    if (job == 0)
        return;
    int status = 0;
    waitpid(job, &status, WUNTRACED);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : modes_were_kept);
}

// A view on a terminal of 80 by 24, with keys, unless the process prepares for something else.
struct OnTerminal {
    explicit OnTerminal(const Words &words, void (*prepare)() = control_by_stdin)
        : terminal(sized()), process({.argv = tcptrail(words),
                                      .stdin_fd = terminal.slave(),
                                      .stdout_fd = terminal.slave(),
                                      .prepare = prepare}) {}

    static Terminal sized() {
        setenv("TERM", "xterm", 1);
        return Terminal(24, 80);
    }

    bool shows(std::string_view text) {
        return eventually([&] { return terminal.first_line().find(text) != std::string::npos; });
    }

    Terminal terminal;
    Process process;
};

} // namespace

TEST_CASE("on a terminal a table is drawn in place, fits it and follows its size",
          "[any-backend]") {
    stop_shared_tracer();
    setenv("TERM", "xterm", 1);
    Actor client("tt-client");
    Actor server("tt-server");
    std::string ports;
    for (int i = 0; i < 6; ++i)
        ports.append(",").append(std::to_string(converse(client, server).server.local.port));
    ports.erase(0, 1);
    for (const Words &view : std::vector<Words>{{"top", "--all"}, {"links"}}) {
        CAPTURE(view.front());
        Terminal terminal(6, 40);
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

TEST_CASE("keys sort, turn round, help and quit", "[any-backend]") {
    stop_shared_tracer();
    OnTerminal top({"top", "--all", "600"}); // what is drawn is drawn for a key
    CHECK(eventually([&] { return !top.terminal.is_ordinary(); }));
    top.terminal.type("s");
    CHECK(top.shows("by PID "));
    top.terminal.type("rs");
    CHECK(top.shows("by COMM reversed "));
    top.terminal.type("\x1b[A?");
    CHECK(eventually([&] { return top.terminal.frames().back().at(1).starts_with("q  quit"); }));
    top.terminal.resize(24, 100);
    top.process.signal(SIGWINCH); // the kernel tells the foreground, too
    CHECK(eventually([&] { return top.terminal.first_line().size() == 100; }));
    top.terminal.type("q");
    CHECK(top.process.wait() == 0);
    CHECK(top.terminal.is_ordinary());
    CHECK(top.terminal.first_line().find("opened/s") != std::string::npos); // the last table
}

TEST_CASE("a signal that kills gives the terminal its modes back", "[any-backend]") {
    stop_shared_tracer();
    constexpr const char *ctrl_backslash = "\x1c";
    for (const int number : {SIGQUIT, SIGSEGV}) {
        CAPTURE(number);
        OnTerminal links({"links", "0.2"});
        CHECK(links.shows("? help"));
        CHECK_FALSE(links.terminal.is_ordinary());
        if (number == SIGQUIT)
            links.terminal.type(ctrl_backslash);
        else
            links.process.signal(number);
        CHECK(links.process.wait() == 128 + number);
        CHECK(links.terminal.is_ordinary());
    }
}

TEST_CASE("Ctrl-Z gives the terminal back for as long as it stops, Ctrl-C for good",
          "[any-backend]") {
    stop_shared_tracer();
    OnTerminal links({"links", "0.2"}, be_continued);
    CHECK(links.shows("? help"));
    links.terminal.type("\x1a");
    links.terminal.type("s");
    CHECK(links.shows("by CLIENT"));
    CHECK_FALSE(links.terminal.is_ordinary());
    links.terminal.type("\x03");
    CHECK(links.process.wait() == 0);
    CHECK(links.terminal.is_ordinary());
}

TEST_CASE("in the background no key is read, and the terminal is left alone", "[any-backend]") {
    stop_shared_tracer();
    OnTerminal links({"links", "0.2", "4"}, be_in_background);
    CHECK(links.shows("? help"));
    links.terminal.type("q\n");
    CHECK(links.terminal.is_ordinary());
    CHECK(links.process.wait() == 0);
    CHECK(links.terminal.frames().size() == 4);
}

TEST_CASE("a COMMAND has the keys for itself", "[any-backend]") {
    stop_shared_tracer();
    OnTerminal links({"links", "0.2", "--", "/bin/sh", "-c", "read line; exit $line"});
    CHECK(links.shows(" open  "));
    CHECK(links.terminal.is_ordinary());
    links.terminal.type("7\n");
    CHECK(links.process.wait() == 7);
}
