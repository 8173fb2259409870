#include "program.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"

namespace cli {

namespace {

// A file in memory for what a program prints: never full, so nobody has to read it in time.
class Capture {
  public:
    Capture() : fd_(memfd_create("capture", MFD_CLOEXEC)) { REQUIRE(fd_ >= 0); }
    Capture(const Capture &) = delete;
    Capture &operator=(const Capture &) = delete;
    ~Capture() { close(fd_); }

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::string text() const {
        std::string result;
        std::array<char, 4096> part{};
        ssize_t count = 0;
        while ((count = pread(fd_, part.data(), part.size(), static_cast<off_t>(result.size()))) >
               0)
            result.append(part.data(), static_cast<std::size_t>(count));
        return result;
    }

  private:
    int fd_;
};

} // namespace

Ended run(const Words &words, const How &how) {
    const char *binary = std::getenv("TCPTRAIL");
    if (binary == nullptr)
        FAIL("TCPTRAIL does not name the binary");
    std::vector<char *> argv{const_cast<char *>("tcptrail")};
    for (const std::string &word : words)
        argv.push_back(const_cast<char *>(word.c_str()));
    argv.push_back(nullptr);
    const Capture out;
    const Capture err;
    // Opened here: another user may not reach into the directory of the build.
    const int program = open(binary, O_PATH | O_CLOEXEC);
    REQUIRE(program >= 0);
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        const int target = how.stdout_path.empty()
                               ? out.fd()
                               : open(how.stdout_path.c_str(), O_WRONLY | O_CLOEXEC);
        dup2(target, STDOUT_FILENO);
        dup2(err.fd(), STDERR_FILENO);
        if (how.uid != 0 && setuid(how.uid) != 0)
            _exit(99);
        fexecve(program, argv.data(), environ);
        _exit(98);
    }
    close(program);
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.text(),
            err.text()};
}

std::ptrdiff_t count_lines(const std::string &text) {
    return std::count(text.begin(), text.end(), '\n');
}

bool contains(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void refused(const Words &words, std::string_view reason) {
    CAPTURE(words);
    const Ended ended = run(words);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(count_lines(ended.err) == 1);
    CHECK(ended.err.starts_with("tcptrail: "));
    CHECK(ended.err.ends_with('\n'));
    CAPTURE(ended.err, reason);
    CHECK(contains(ended.err, reason));
}

} // namespace cli
