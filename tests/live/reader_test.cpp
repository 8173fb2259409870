// Readers of the output that are slow, stuck or gone, and disks that are full or cannot be written.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "actor.h"
#include "burst.h"
#include "catch.h"
#include "churn.h"
#include "descriptor.h"
#include "directory.h"
#include "scale.h"
#include "tracer.h"

using namespace live;

namespace {

// Some ten lines of JSON: nobody's reader is so slow that it takes many connections to overtake it.
constexpr int small_pipe_bytes = 4096;

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

// The output of a program that somebody else reads.
class Output {
  public:
    Output() { fcntl(pipe_.writing.number(), F_SETPIPE_SZ, small_pipe_bytes); }

    int writing() const { return pipe_.writing.number(); }
    void leave_to_writer() { pipe_.writing.close(); }

    int unread() const {
        int bytes = 0;
        ioctl(pipe_.reading.number(), FIONREAD, &bytes);
        return bytes;
    }

    // Reads all from now on, until the writers are gone.
    void begin_to_read() {
        reader_ = std::thread([this] {
            char buffer[4096];
            for (ssize_t count = 0;
                 (count = read(pipe_.reading.number(), buffer, sizeof buffer)) > 0;)
                text_.append(buffer, static_cast<std::size_t>(count));
        });
    }
    std::string all() {
        reader_.join();
        return text_;
    }

  private:
    Pipe pipe_;
    std::thread reader_;
    std::string text_;
};

struct World {
    Actor client{"tt-client"};
    Actor server{"tt-server"};
    Socket listener = server.listen(loopback4);

    Words traced(Words words) const {
        words.insert(words.end(), {"-j", "-P", std::to_string(listener.local.port)});
        return tcptrail(words);
    }
    void burst(int count) { run_burst(client, server, count, listener); }
};

std::int64_t resident_kb(pid_t pid) {
    for (const std::string &line : lines_of(read_file("/proc/" + std::to_string(pid) + "/status")))
        if (line.starts_with("VmRSS:"))
            return std::stoll(line.substr(6));
    return 0;
}

std::int64_t lost_in(const std::vector<Event> &events) {
    std::int64_t sum = 0;
    for (const Event &event : events)
        sum += event.lost;
    return sum;
}

// A file system of 16 KiB.
class TinyDisk {
  public:
    TinyDisk() {
        throw_unless(mount("tiny", directory_.path().c_str(), "tmpfs", 0, "size=16k") == 0,
                     "mount");
    }
    TinyDisk(const TinyDisk &) = delete;
    TinyDisk &operator=(const TinyDisk &) = delete;
    ~TinyDisk() { umount2(directory_.path().c_str(), MNT_DETACH); }
    std::string file() const { return directory_.path() + "/events"; }
    void forbid_writing() const {
        throw_unless(
            mount("tiny", directory_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0,
            "remount");
    }

  private:
    Directory directory_;
};

} // namespace

TEST_CASE("a run whose reader does not read ends all the same when a signal asks it to",
          "[any-backend]") {
    stop_shared_tracer();
    const int number = GENERATE(SIGINT, SIGTERM);
    const bool at_its_end = GENERATE(false, true);
    CAPTURE(number, at_its_end);
    World world;
    Output output;
    // At its end it waits for the reader, as for a pager.
    const Words words = at_its_end ? Words{"-d", "1"} : Words{};
    Process process({.argv = world.traced(words), .stdout_fd = output.writing()});
    output.leave_to_writer();
    wait_for_banner(process);
    world.burst(100); // 400 lines
    if (at_its_end)
        pause_for(std::chrono::milliseconds(1500));
    CHECK(process.running());
    process.signal(number);
    CHECK(process.wait() == 1);
    INFO(process.errors());
    CHECK(contains(process.errors(), "cannot write: the reader does not read; the rest is lost"));
}

TEST_CASE("a reader that begins to read when --duration is over gets all of it", "[any-backend]") {
    constexpr int count = 100;
    stop_shared_tracer();
    World world;
    Output output;
    Process process({.argv = world.traced({"-d", "2"}), .stdout_fd = output.writing()});
    output.leave_to_writer();
    wait_for_banner(process);
    world.burst(count);
    pause_for(std::chrono::milliseconds(2500));
    output.begin_to_read();
    CHECK(process.wait() == 0);
    CHECK(read_events(output.all()).size() == 4 * count);
}

TEST_CASE("--duration and a signal end a command, though the reader does not read",
          "[any-backend]") {
    stop_shared_tracer();
    World world;
    Output output;
    const std::string client = client_of(world.listener) + "; ";
    // Time enough for so many that the pipe is full.
    Words words = world.traced({"-d", std::to_string(scaled(2, 8))});
    words.insert(words.end(), {"--", "/bin/sh", "-c",
                               "trap 'echo ended; exit 7' TERM; for i in 1 2 3 4 5 6 7 8 9 0; do " +
                                   client + client + "done; read line"});
    world.server.begin(serve_forever, world.listener.fd);
    const Pipe nothing;
    Process process(
        {.argv = words, .stdin_fd = nothing.reading.number(), .stdout_fd = output.writing()});
    output.leave_to_writer();
    CHECK(eventually([&] { return contains(process.errors(), "ended\n"); }));
    CHECK(process.running());
    process.signal(SIGINT);
    CHECK(process.wait() == 1);
    INFO(process.errors());
    CHECK(contains(process.errors(), "the reader does not read"));
}

TEST_CASE("a run whose output and messages nobody reads ends when it is asked to",
          "[any-backend]") {
    stop_shared_tracer();
    World world;
    Output output;
    Process process({.argv = world.traced({"--buffer", "4096"}),
                     .stdout_fd = output.writing(),
                     .stderr_fd = output.writing()});
    output.leave_to_writer();
    REQUIRE(eventually([&] { return output.unread() > 0; })); // the banner
    world.burst(200);
    process.signal(SIGINT);
    CHECK(process.wait() == 1);
}

TEST_CASE("a slow reader gets whole lines, its losses are told in time, and memory stays") {
    constexpr int count = 500;
    stop_shared_tracer();
    World world;
    Output output;
    Process process({.argv = world.traced({"--buffer", "4096"}), .stdout_fd = output.writing()});
    output.leave_to_writer();
    wait_for_banner(process);
    const std::int64_t before = resident_kb(process.pid());
    world.burst(count);
    CHECK(eventually([&] { return contains(process.errors(), " events: ring buffer full\n"); }));
    CHECK(resident_kb(process.pid()) < before + 2048);
    output.begin_to_read();
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
    const auto events = read_events(output.all());
    const std::int64_t lost = lost_in(events);
    const auto told = std::count_if(events.begin(), events.end(),
                                    [](const Event &event) { return !event.is("lost"); });
    INFO(process.errors());
    CHECK(told + lost == 4 * count);
    CHECK(contains(process.errors(), "lost " + std::to_string(lost) + " events in all: "));
}

TEST_CASE("the sums of links are exact after a reader that was slow", "[any-backend]") {
    constexpr int count = 300;
    stop_shared_tracer();
    World world;
    Output output;
    Process process({.argv = world.traced({"links", "0.1", "--buffer", "4096"}),
                     .stdout_fd = output.writing()});
    output.leave_to_writer();
    wait_for_banner(process);
    world.burst(1);
    REQUIRE(eventually([&] { return output.unread() > small_pipe_bytes - 400; }));
    world.burst(count);
    output.begin_to_read();
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
    const Link all = sum(last_table(read_events(output.all())));
    CHECK(all.connections == count + 1);
    CHECK(all.open == 0);
    CHECK(all.tx_bytes == count + 1);
}

TEST_CASE("a terminal that goes away ends a run quietly, whether there is data or none",
          "[any-backend]") {
    stop_shared_tracer();
    const bool data = GENERATE(true, false);
    CAPTURE(data);
    World world;
    Descriptor master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE((grantpt(master.number()) == 0 && unlockpt(master.number()) == 0));
    Descriptor slave(open(ptsname(master.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    Process process({.argv = world.traced({}), .stdout_fd = slave.number()});
    slave.close();
    wait_for_banner(process);
    const std::string before = process.errors();
    master.close();
    if (data)
        world.burst(5);
    CHECK(process.wait() == 0);
    CHECK(process.errors() == before);
}

TEST_CASE("a disk that fills ends a run with 1, and what it holds is whole but for its last line",
          "[any-backend]") {
    stop_shared_tracer();
    World world;
    const TinyDisk disk;
    Process process({.argv = world.traced({"--output", disk.file()})});
    wait_for_banner(process);
    world.burst(50);
    CHECK(process.wait() == 1);
    INFO(process.errors());
    CHECK(contains(process.errors(), "cannot write: No space left on device"));
    const std::string text = read_file(disk.file());
    const auto events = read_events(text.substr(0, text.rfind('\n') + 1));
    CHECK(events.size() > 10);
}

TEST_CASE("a file system that is read-only is told in one line", "[any-backend]") {
    stop_shared_tracer();
    const std::string option = GENERATE("--output", "--record");
    CAPTURE(option);
    const TinyDisk disk;
    disk.forbid_writing();
    Process process({.argv = tcptrail({option, disk.file()})});
    CHECK(process.wait() == 1);
    CHECK(process.errors() ==
          "tcptrail: " + option + ' ' + disk.file() + ": Read-only file system\n");
}
