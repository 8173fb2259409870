// The writer to stderr.
#include "catch.h"

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "output/diag.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;
    ~Pipe() {
        for (const int end : ends)
            close(end);
    }

    [[nodiscard]] std::string text() const {
        std::array<char, 4096> chunk;
        const ssize_t count = read(ends[0], chunk.data(), chunk.size());
        return {chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
};

} // namespace

TEST_CASE("a problem is one line that names the tool") {
    const Pipe pipe;
    const Diag diag(pipe.ends[1]);
    diag.problem("lost 3 events: ring buffer full");
    CHECK(pipe.text() == "tcptrail: lost 3 events: ring buffer full\n");
}

TEST_CASE("the banner stands alone on its line") {
    const Pipe pipe;
    const Diag diag(pipe.ends[1]);
    diag.notice("Tracing TCP (fentry, 1234 connections already open)... Hit Ctrl-C to end.");
    CHECK(pipe.text() ==
          "Tracing TCP (fentry, 1234 connections already open)... Hit Ctrl-C to end.\n");
}

TEST_CASE("a message from outside stays one line and cannot drive the terminal") {
    const Pipe pipe;
    const Diag diag(pipe.ends[1]);
    diag.problem("cannot open a\nb\x1b[2J\n");
    CHECK(pipe.text() == "tcptrail: cannot open a\\012b\\033[2J\n");
}

TEST_CASE("a stderr that is closed or broken is no reason to stop") {
    Diag(-1).problem("nobody hears this");
    const Pipe pipe;
    const int writer = dup(pipe.ends[1]);
    REQUIRE(writer >= 0);
    close(writer);
    Diag(writer).notice("nor this");
    CHECK(pipe.text().empty());
}

TEST_CASE("a stderr that takes nothing does not hold the run up") {
    const Pipe pipe;
    const std::string chunk(4096, 'x');
    while (write(pipe.ends[1], chunk.data(), chunk.size()) > 0) {
    }
    const int flags = GENERATE(0, O_NONBLOCK);
    REQUIRE(fcntl(pipe.ends[1], F_SETFL, flags) == 0);
    const auto begin = std::chrono::steady_clock::now();
    Diag(pipe.ends[1]).problem("stuck");
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
}
