// What a shell sees of the real binary, named by TCPTRAIL: no case here traces anything, so none
// needs root.
#include "catch.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using Words = std::vector<std::string>;

struct Ended {
    int status = -1; // 128+N after signal N
    std::string out;
    std::string err;
};

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

struct How {
    std::string stdout_path; // empty: captured
    uid_t uid = 0;           // not 0: run as this user; needs root
};

Ended run(const Words &words, const How &how = {}) {
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

// Wrong usage is exit status 2, one line on stderr, nothing on stdout.
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

} // namespace

TEST_CASE("a wrong value is one clear line and exit status 2") {
    refused({"-p", "abc"}, "--pid: 'abc' is not a process id");
    refused({"-P", "70000"}, "--port: '70000' is not a port");
    refused({"-P", "90-80"}, "the range '90-80' runs backwards");
    refused({"-a", "10.0.0.0/33"}, "the prefix length of '10.0.0.0/33'");
    refused({"-4", "-6"}, "-4 and -6 exclude each other");
    refused({"-j", "-s"}, "--json and --csv exclude each other");
    refused({"-e", "foo"}, "'foo' is not an event");
    refused({"-d", "-1"}, "'-1' is not a time");
    refused({"-o", "nosuch"}, "unknown column 'nosuch'");
    refused({"-o", "laddrr"}, "did you mean 'laddr'?");
    refused({"--probes", "foo"}, "auto, fentry, kprobe, tracepoint");
    refused({"-u", "no:such"}, "give the number");
    refused({"-p"}, "--pid needs a value");
    refused({"-p", ""}, "the value is empty");
    refused({"--"}, "needs a command");
    refused({"--user", "root"}, "--user is for a command");
}

TEST_CASE("an unknown view is refused, a command is guessed") {
    refused({"curl", "x"}, "unknown view 'curl', did you mean `-- curl x`?");
    refused({"trce"}, "unknown view 'trce', did you mean 'trace'?");
    refused({"life"}, "unknown view 'life'");
    refused({""}, "unknown view ''");
}

TEST_CASE("an option that does not belong here is refused with the reason") {
    refused({"--sort", "tx_bytes"}, "--sort has nothing to sort");
    refused({"--open"}, "--open has nothing to add");
    refused({"1", "10"}, "trace takes no INTERVAL");
    refused({"--nosuch"}, "unknown option '--nosuch'");
    refused({"--human"}, "unknown option '--human'");
}

TEST_CASE("what comes from outside cannot break the line or the terminal") {
    refused({"-p", "a\nb\033[31m"}, "is not a process id");
    CHECK_FALSE(contains(run({"\033[31mcurl"}).err, "\033"));
    refused({std::string(100000, 'x')}, "unknown view");
}

TEST_CASE("help goes to stdout with exit status 0") {
    for (const Words &words : {Words{"--help"}, Words{"-h"}, Words{"-p", "abc", "--help"}}) {
        const Ended ended = run(words);
        CHECK(ended.status == 0);
        CHECK(ended.err.empty());
        CHECK(contains(ended.out, "Usage: tcptrail"));
        CHECK(contains(ended.out, "--max-connections"));
        CHECK(contains(ended.out, " retransmits ")); // the columns of the registry
    }
}

TEST_CASE("the help of trace fits a small terminal") {
    const Ended ended = run({"trace", "--help"});
    CHECK(ended.status == 0);
    CHECK(count_lines(ended.out) <= 24);
    CHECK(contains(ended.out, "--no-existing"));
}

TEST_CASE("the version is one line and is known to the build") {
    const Ended ended = run({"--version"});
    CHECK(ended.status == 0);
    CHECK(count_lines(ended.out) == 1);
    CHECK(ended.out.starts_with("tcptrail "));
    CHECK_FALSE(contains(ended.out, "unknown"));
}

TEST_CASE("help that cannot be written is exit status 1 and a message") {
    const Ended ended = run({"--help"}, {"/dev/full"});
    CHECK(ended.status == 1);
    CHECK(count_lines(ended.err) == 1);
    CHECK(contains(ended.err, "No space left on device"));
}

TEST_CASE("an ordinary user is told what is missing, exit status 1") {
    constexpr uid_t nobody = 65534;
    const Ended ended = run({"-d", "0"}, {"", geteuid() == 0 ? nobody : 0});
    CHECK(ended.status == 1);
    CHECK(ended.out.empty());
    CHECK(count_lines(ended.err) == 1);
    CHECK(ended.err.starts_with("tcptrail: "));
    CHECK((contains(ended.err, "root") || contains(ended.err, "CAP_")));
}
