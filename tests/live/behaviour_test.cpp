// How a run starts, writes and ends.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <csignal>
#include <regex>

#include "actor.h"
#include "catch.h"
#include "descriptor.h"
#include "directory.h"
#include "tracer.h"

using namespace live;

namespace {

// A process id beyond all that Linux gives: as a filter it hides what else this host does.
const std::string no_process = "4194304";

// /dev/full by its number: the file may be missing where this runs.
int open_full_device() {
    const std::string path = "/dev/tcptrail-live-full";
    unlink(path.c_str());
    throw_unless(mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0, path);
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    unlink(path.c_str());
    return fd;
}

std::size_t line_count(const std::string &text) {
    return lines_of(text).size();
}

} // namespace

TEST_CASE("the banner says the backend and how many connections are open") {
    Tracer tracer;
    const std::regex banner("Tracing TCP \\((fentry|kprobe|tracepoint), [0-9]+ connections? "
                            "already open\\)\\.\\.\\. Hit Ctrl-C to end\\.[^\n]*\n");
    std::smatch match;
    const std::string errors = tracer.errors();
    INFO(errors);
    REQUIRE(std::regex_search(errors, match, banner));
    if (!wanted_backend().empty())
        CHECK(match[1].str() == wanted_backend());
}

TEST_CASE("each backend either traces or says in one line why it cannot", "[any-backend]") {
    stop_shared_tracer();
    const std::string backend = GENERATE("fentry", "kprobe", "tracepoint");
    CAPTURE(backend);
    Process process({.argv = tcptrail({"--probes", backend, "-d", "1"})});
    const int status = process.wait();
    const std::string errors = process.errors();
    INFO(errors);
    CHECK(line_count(errors) == 1);
    if (status == 0) {
        CHECK(errors.find("Tracing TCP (" + backend + ",") != std::string::npos);
    } else {
        CHECK(status == 1);
        CHECK(errors.starts_with("tcptrail: "));
        CHECK(errors.find(backend) != std::string::npos);
        CHECK(backend != "tracepoint"); // there on every kernel that we claim
    }
}

TEST_CASE("--info tells of each hook, and that tracing is possible", "[any-backend]") {
    Process process({.argv = tcptrail({"--info"})});
    CHECK(process.wait() == 0);
    const std::string info = process.output();
    INFO(info);
    for (const char *word : {"tcp_connect", "inet_csk_accept", "sockfd_lookup_light",
                             "inet_sock_set_state", "fentry", "kprobe", "tracepoint", "BTF"})
        CHECK(info.find(word) != std::string::npos);
}

TEST_CASE("SIGINT and SIGTERM end a run with 0") {
    const int number = GENERATE(SIGINT, SIGTERM);
    CAPTURE(number);
    Tracer tracer;
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    tracer.process().signal(number);
    CHECK(tracer.process().wait() == 0);
    // What happened before is told, even if it was still in the buffer.
    CHECK(kinds(tracer.all_of(pair.client)) == Kinds{"connect"});
    CHECK(line_count(tracer.errors()) == 1);
}

TEST_CASE("SIGINT ends a run that was started with SIGINT ignored", "[any-backend]") {
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-j"}), .ignored = {SIGINT}});
    wait_for_banner(process);
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
}

TEST_CASE("a run that was started with SIGHUP ignored goes on after a SIGHUP", "[any-backend]") {
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-H"}), .ignored = {SIGHUP}});
    wait_for_banner(process);
    process.signal(SIGHUP);
    make_a_connection();
    CHECK(eventually([&] { return line_count(process.output()) >= 4; }));
    CHECK(process.running());
}

TEST_CASE("--duration ends a run with 0", "[any-backend]") {
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-d", "1", "-p", no_process})});
    CHECK(process.wait() == 0);
    CHECK(line_count(process.output()) == 1); // the header
}

TEST_CASE("events come through a pipe at once, not when a buffer is full", "[any-backend]") {
    stop_shared_tracer();
    Pipe pipe;
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Process process({.argv = tcptrail({"-j", "-P", std::to_string(listener.local.port)}),
                     .stdout_fd = pipe.writing.number()});
    pipe.writing.close();
    wait_for_banner(process);
    const Pair pair = converse_with(client, server, listener);
    fcntl(pipe.reading.number(), F_SETFL, O_NONBLOCK);
    std::string told;
    CHECK(eventually([&] {
        char buffer[4096];
        const ssize_t count = read(pipe.reading.number(), buffer, sizeof buffer);
        told.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
        return line_count(told) >= 2;
    }));
    CHECK(read_event(lines_of(told).at(0)).tells_of(pair.client));
    CHECK(process.running());
}

TEST_CASE("where the only table comes at the end of a pipe, the banner says what Ctrl-C does",
          "[any-backend]") {
    const auto banner_of = [](const Words &words) {
        Pipe pipe;
        Process process({.argv = tcptrail(words), .stdout_fd = pipe.writing.number()});
        wait_for_banner(process);
        process.signal(SIGINT);
        CHECK(process.wait() == 0);
        return process.errors();
    };
    const std::string note = "Ctrl-C also ends the reader: use -d, or tee -i.";
    CHECK(banner_of({"links"}).find(note) != std::string::npos);
    CHECK(banner_of({"links", "1"}).find(note) == std::string::npos);
}

TEST_CASE("a closed pipe ends a run quietly with 0, whether there is data or none",
          "[any-backend]") {
    stop_shared_tracer();
    const bool data = GENERATE(true, false);
    CAPTURE(data);
    Pipe pipe;
    const Words words = data ? Words{"-j"} : Words{"-j", "-p", no_process};
    Process process({.argv = tcptrail(words), .stdout_fd = pipe.writing.number()});
    pipe.writing.close();
    wait_for_banner(process);
    const std::string before = process.errors();
    pipe.reading.close();
    if (data)
        make_a_connection();
    CHECK(process.wait() == 0);
    CHECK(process.errors() == before);
}

TEST_CASE("a full disk ends a run with 1 and a message", "[any-backend]") {
    stop_shared_tracer();
    const Descriptor full(open_full_device());
    Process process({.argv = tcptrail({"-j"}), .stdout_fd = full.number()});
    wait_for_banner(process);
    make_a_connection();
    CHECK(process.wait() == 1);
    const auto errors = lines_of(process.errors());
    REQUIRE(errors.size() == 2);
    CHECK(errors[1].starts_with("tcptrail: "));
    CHECK(errors[1].find("No space left on device") != std::string::npos);
}

TEST_CASE("--output makes a file for its user only, and follows no symlink", "[any-backend]") {
    stop_shared_tracer();
    const Directory directory;
    const std::string file = directory.path() + "/events";
    const std::string link = directory.path() + "/link";
    Process writing({.argv = tcptrail({"-j", "--output", file})});
    wait_for_banner(writing);
    make_a_connection();
    CHECK(eventually([&] { return line_count(read_file(file)) >= 4; }));
    writing.signal(SIGINT);
    CHECK(writing.wait() == 0);
    CHECK(writing.output().empty());
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);

    REQUIRE(symlink(file.c_str(), link.c_str()) == 0);
    Process following({.argv = tcptrail({"-j", "-d", "1", "--output", link})});
    CHECK(following.wait() == 1);
    CHECK(line_count(following.errors()) == 1);
}

TEST_CASE("an ordinary user is told in one line what is missing", "[any-backend]") {
    stop_shared_tracer();
    constexpr uid_t nobodys_uid = 65534;
    Process process({.argv = tcptrail({}), .uid = nobodys_uid});
    CHECK(process.wait() == 1);
    CHECK(process.output().empty());
    const auto errors = lines_of(process.errors());
    REQUIRE(errors.size() == 1);
    INFO(errors[0]);
    CHECK(errors[0].starts_with("tcptrail: "));
    CHECK(std::regex_search(errors[0], std::regex("root|CAP_")));
}

TEST_CASE("-q prints no banner", "[any-backend]") {
    stop_shared_tracer();
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    Process process({.argv = tcptrail({"-q", "-H", "-P", std::to_string(listener.local.port)})});
    // Nothing says when it traces: connect until that is told.
    CHECK(eventually([&] {
        const Pair pair = converse_with(client, server, listener);
        client.close(pair.client);
        server.close(pair.server);
        return !process.output().empty();
    }));
    process.signal(SIGINT);
    CHECK(process.wait() == 0);
    CHECK(process.errors().empty());
}
