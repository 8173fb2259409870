// The writer to stdout on real pipes, files and a full disk.
#include "catch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <utility>
#include <variant>

#include "output/sink.h"

using namespace tcptrail;

namespace {

// A pipe whose ends may be closed early; SIGPIPE is ignored as main does.
struct Pipe {
    std::array<int, 2> ends{-1, -1};

    explicit Pipe(int flags = 0) {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(pipe2(ends.data(), O_CLOEXEC | flags) == 0);
    }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;
    ~Pipe() {
        shut(0);
        shut(1);
    }

    void shut(std::size_t end) {
        if (ends.at(end) >= 0)
            close(ends.at(end));
        ends.at(end) = -1;
    }

    [[nodiscard]] int writer() const { return ends[1]; }

    [[nodiscard]] std::string read_some() const {
        std::array<char, 4096> chunk;
        ssize_t count = -1;
        do
            count = read(ends[0], chunk.data(), chunk.size());
        while (count < 0 && errno == EINTR);
        return {chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
};

std::string numbered(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i)
        text += std::to_string(i) + "\n";
    text.resize(size);
    return text;
}

struct TempDir {
    std::filesystem::path path;

    TempDir() {
        std::string name = (std::filesystem::temp_directory_path() / "sink-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;
    ~TempDir() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::string file(const char *name) const { return (path / name).string(); }
};

std::string content(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string &path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

constexpr WriteResult written{WriteStatus::written, 0};
constexpr WriteResult closed{WriteStatus::closed, 0};
constexpr WriteResult blocked{WriteStatus::blocked, 0};

enum class Way : std::uint8_t { pipe, nonblocking_pipe, socket, terminal };

// What a shell, systemd or a terminal gives as stdout.
class Channel {
  public:
    explicit Channel(Way way) {
        if (way == Way::socket)
            REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) == 0);
        else if (way == Way::terminal)
            open_terminal();
        else
            REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0);
        if (way == Way::nonblocking_pipe)
            REQUIRE(fcntl(writer(), F_SETFL, O_NONBLOCK) == 0);
        REQUIRE(fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
    }
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;
    ~Channel() {
        for (const int end : ends_)
            close(end);
    }

    [[nodiscard]] int writer() const { return ends_[1]; }
    void hang_up() { close(std::exchange(ends_[0], -1)); }

    [[nodiscard]] std::string read_some() const {
        std::array<char, 4096> chunk;
        const ssize_t count = read(ends_[0], chunk.data(), chunk.size());
        return {chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

  private:
    void open_terminal() {
        ends_[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        REQUIRE((grantpt(ends_[0]) == 0 && unlockpt(ends_[0]) == 0));
        ends_[1] = open(ptsname(ends_[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
        termios settings{};
        REQUIRE(tcgetattr(ends_[1], &settings) == 0);
        cfmakeraw(&settings);
        REQUIRE(tcsetattr(ends_[1], TCSANOW, &settings) == 0);
    }

    std::array<int, 2> ends_{-1, -1};
};

} // namespace

TEST_CASE("nothing reaches the pipe before the flush, all of it after") {
    const Pipe pipe(O_NONBLOCK);
    Sink sink(pipe.writer());
    sink.buffer() += "one\n";
    CHECK(pipe.read_some().empty());
    sink.buffer() += "two\n";
    CHECK(sink.flush() == written);
    CHECK(pipe.read_some() == "one\ntwo\n");
    CHECK(sink.flush() == written);
    CHECK(pipe.read_some().empty());
}

TEST_CASE("a flush larger than what the reader has room for returns, and the rest comes later") {
    for (const Way way : {Way::pipe, Way::nonblocking_pipe, Way::socket, Way::terminal}) {
        CAPTURE(way);
        const Channel channel(way);
        const int flags = fcntl(channel.writer(), F_GETFL);
        Sink sink(channel.writer());
        const std::string text = numbered(1'000'000);
        sink.buffer() = text;
        CHECK(sink.full());
        CHECK(sink.flush() == blocked);
        CHECK_FALSE(sink.reader_gone());
        CHECK(sink.flush() == blocked); // nobody has read
        std::string got;
        while (got.size() < text.size()) {
            got += channel.read_some();
            const WriteResult result = sink.flush();
            if (result != written && result != blocked)
                FAIL("status " << static_cast<int>(result.status));
        }
        CHECK(got == text);
        CHECK(sink.flush() == written);
        CHECK(sink.buffer().empty());
        CHECK(fcntl(channel.writer(), F_GETFL) == flags); // others may share it
    }
}

TEST_CASE("a finish that has no room yet can be asked for again") {
    const TempDir dir;
    REQUIRE(mkfifo(dir.file("fifo").c_str(), 0600) == 0);
    const int reader = open(dir.file("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    auto made = Sink::create_file(dir.file("fifo"));
    REQUIRE(std::holds_alternative<Sink>(made));
    Sink &sink = std::get<Sink>(made);
    const std::string text = numbered(100'000);
    sink.buffer() = text;
    std::string got;
    std::array<char, 4096> chunk;
    while (sink.finish() == blocked) {
        ssize_t count = 0;
        while ((count = read(reader, chunk.data(), chunk.size())) > 0)
            got.append(chunk.data(), static_cast<std::size_t>(count));
    }
    ssize_t count = 0;
    while ((count = read(reader, chunk.data(), chunk.size())) > 0)
        got.append(chunk.data(), static_cast<std::size_t>(count));
    CHECK(count == 0); // the writer's end is closed
    CHECK(got == text);
    close(reader);
}

TEST_CASE("a reader that has gone is a closed pipe, not a failure") {
    Pipe pipe;
    Sink sink(pipe.writer());
    CHECK_FALSE(sink.reader_gone());
    pipe.shut(0);
    CHECK(sink.reader_gone());
    sink.buffer() += "line\n";
    CHECK(sink.flush() == closed);
    CHECK(sink.buffer().empty());
}

TEST_CASE("a terminal that went away is a reader that has gone") {
    Channel channel(Way::terminal);
    Sink sink(channel.writer());
    channel.hang_up();
    CHECK(sink.reader_gone());
    sink.buffer() += "line\n";
    CHECK(sink.flush() == closed);
}

TEST_CASE("a full disk is a failure with its errno") {
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    Sink sink(full);
    CHECK_FALSE(sink.reader_gone());
    CHECK(sink.flush() == written); // nothing to write, nothing to fail
    sink.buffer() += "line\n";
    CHECK(sink.flush() == WriteResult{WriteStatus::failed, ENOSPC});
    close(full);
}

TEST_CASE("a descriptor that is not open is a failure") {
    Sink sink(-1);
    sink.buffer() += "line\n";
    CHECK(sink.flush() == WriteResult{WriteStatus::failed, EBADF});
}

TEST_CASE("an output file is private, new and closed on exec") {
    const TempDir dir;
    const std::string path = dir.file("out");
    const mode_t before = umask(022);
    auto made = Sink::create_file(path);
    umask(before);
    REQUIRE(std::holds_alternative<Sink>(made));
    auto &sink = std::get<Sink>(made);
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK((fcntl(sink.fd(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(sink.fd() > 2);

    sink.buffer() += "data\n";
    CHECK(sink.finish() == written);
    CHECK(content(path) == "data\n");
}

TEST_CASE("an output file that exists is truncated") {
    const TempDir dir;
    const std::string path = dir.file("out");
    write_file(path, "old and longer\n");
    auto made = Sink::create_file(path);
    REQUIRE(std::holds_alternative<Sink>(made));
    std::get<Sink>(made).buffer() += "new\n";
    CHECK(std::get<Sink>(made).finish() == written);
    CHECK(content(path) == "new\n");
}

TEST_CASE("an output file is never reached through a symlink") {
    const TempDir dir;
    const std::string target = dir.file("target");
    write_file(target, "precious\n");
    std::filesystem::create_symlink(target, dir.file("link"));
    const auto made = Sink::create_file(dir.file("link"));
    REQUIRE(std::holds_alternative<int>(made));
    CHECK(std::get<int>(made) == ELOOP);
    CHECK(content(target) == "precious\n");
}

TEST_CASE("an output file that cannot be made gives its errno") {
    const TempDir dir;
    const auto missing = Sink::create_file(dir.file("no/such/dir"));
    REQUIRE(std::holds_alternative<int>(missing));
    CHECK(std::get<int>(missing) == ENOENT);
    const auto directory = Sink::create_file(dir.path.string());
    REQUIRE(std::holds_alternative<int>(directory));
    CHECK(std::get<int>(directory) == EISDIR);
}

TEST_CASE("a moved sink keeps its data, and its file is closed once") {
    const TempDir dir;
    const std::string path = dir.file("out");
    int fd = -1;
    {
        auto made = Sink::create_file(path);
        REQUIRE(std::holds_alternative<Sink>(made));
        Sink first = std::get<Sink>(std::move(made));
        first.buffer() += "data\n";
        fd = first.fd();
        Sink second(-1);
        second = std::move(first);
        CHECK(second.flush() == written);
        CHECK(fcntl(fd, F_GETFD) >= 0);
    }
    CHECK(content(path) == "data\n");
    CHECK(fcntl(fd, F_GETFD) < 0);
}
