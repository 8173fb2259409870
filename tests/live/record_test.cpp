// Runs that are saved and shown again.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "actor.h"
#include "catch.h"
#include "directory.h"
#include "tracer.h"

using namespace live;

namespace {

// Connections of all kinds of ends: by either side, by a reset, refused; and one that stays open.
class Traffic {
  public:
    Traffic() : listener_(server_.listen(loopback4)) {}

    std::string port() const { return std::to_string(listener_.local.port); }

    void run() {
        for (const std::int64_t bytes : {0, 1, 70'000}) {
            const Pair pair = converse_with(client_, server_, listener_);
            client_.send(pair.client, bytes);
            server_.receive(pair.server, bytes);
            client_.close(pair.client);
            server_.receive_end(pair.server);
            server_.close(pair.server);
        }
        const Pair reset = converse_with(client_, server_, listener_);
        client_.reset(reset.client);
        server_.close(reset.server);
        open_ = converse_with(client_, server_, listener_);
        client_.send(open_.client, 12);
        server_.receive(open_.server, 12);
    }

  private:
    Actor client_{"tt client"};
    Actor server_{"tt\\server"};
    Socket listener_;
    Pair open_;
};

std::string run_to_end(const Words &words, int status = 0) {
    Process process({.argv = tcptrail(words)});
    CHECK(process.wait() == status);
    return process.output();
}

// What a run printed that saw this traffic.
std::string record(const Words &words, Traffic &traffic) {
    Process process({.argv = tcptrail(words)});
    wait_for_banner(process);
    traffic.run();
    process.signal(SIGINT);
    REQUIRE(process.wait() == 0);
    return process.output();
}

Words joined(Words words, const Words &more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

} // namespace

TEST_CASE("a replay with the same options is the live run's JSON to the byte") {
    stop_shared_tracer();
    const Directory directory;
    const std::string file = directory.path() + "/run";
    for (const Words &view : std::vector<Words>{{"trace"},
                                                {"trace", "-e", "accept,close", "-c", "tt*server"},
                                                {"life", "--open", "-t"}}) {
        CAPTURE(view);
        Traffic traffic;
        const Words options = joined(view, {"-P", traffic.port()});
        const std::string live = record(joined({"-j", "--record", file}, options), traffic);
        CHECK(lines_of(live).size() >= 8);

        CHECK(run_to_end(joined({"-j", "--replay", file}, options)) == live);
        // A table has other columns, and the bytes of names that JSON cannot have.
        const std::string table = run_to_end(joined({"--replay", file}, options));
        CHECK(table.find("tt\\134server") != std::string::npos);
    }
}

TEST_CASE("a replay filters, and shows another view of what was recorded", "[any-backend]") {
    stop_shared_tracer();
    const Directory directory;
    const std::string file = directory.path() + "/run";
    Traffic traffic;
    record({"-j", "--record", file, "-P", traffic.port()}, traffic);

    const auto count = [&](const Words &words) {
        return lines_of(run_to_end(joined({"-H", "--replay", file}, words))).size();
    };
    CHECK(count({}) == 5 * 2 + 4 * 2);
    CHECK(count({"-e", "connect"}) == 5);
    CHECK(count({"life"}) == 4 * 2);
    CHECK(count({"life", "-x"}) == 2);
    CHECK(count({"life", "-c", "tt\\040client"}) == 4);
    CHECK(count({"life", "-c", "^tt\\040client"}) == 4);
    CHECK(count({"life", "-L", traffic.port()}) == 4);
    CHECK(count({"life", "--role", "client", "-L", traffic.port()}) == 0);
    CHECK(count({"-6"}) == 0);
    CHECK(count({"-a", "127.0.0.0/8"}) == 18);
    CHECK(count({"-a", "^127.0.0.0/8"}) == 0);
    CHECK(count({"-P", std::string("^").append(traffic.port())}) == 0);
}

TEST_CASE("a recording that was cut short is read as far as it goes", "[any-backend]") {
    stop_shared_tracer();
    const Directory directory;
    const std::string file = directory.path() + "/run";
    Traffic traffic;
    const std::string live = record({"-j", "--record", file, "-P", traffic.port()}, traffic);
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    REQUIRE(truncate(file.c_str(), status.st_size - 1) == 0);
    Process replay({.argv = tcptrail({"-j", "--replay", file})});
    CHECK(replay.wait() == 1);
    const auto lines = lines_of(live);
    std::string all_but_the_last;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i)
        all_but_the_last += lines[i] + "\n";
    CHECK(replay.output() == all_but_the_last);
    REQUIRE(lines_of(replay.errors()).size() == 1);
    CHECK(replay.errors().find("in the middle of an entry") != std::string::npos);
}

TEST_CASE("a recording that cannot be written ends the run with 1 and a message", "[any-backend]") {
    stop_shared_tracer();
    const Directory directory;
    Process refused({.argv = tcptrail({"--record", directory.path() + "/none/run"})});
    CHECK(refused.wait() == 1);
    CHECK(refused.errors().find("No such file or directory") != std::string::npos);

    const std::string full = directory.path() + "/full";
    REQUIRE(symlink("/dev/null", full.c_str()) == 0);
    Process followed({.argv = tcptrail({"--record", full})});
    CHECK(followed.wait() == 1); // a symbolic link is not followed
}
