// `tcptrail -- COMMAND`: follows only it and its descendants, and ends with it as a shell would.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <regex>

#include "actor.h"
#include "catch.h"
#include "churn.h"
#include "descriptor.h"
#include "directory.h"
#include "skip.h"
#include "tracer.h"

using namespace live;

namespace {

const std::string shell = "/bin/sh";

struct Server {
    Actor actor{"tt-server"};
    Socket listener = actor.listen(loopback4);

    Server() { actor.begin(serve_forever, listener.fd); }
};

// Runs `tcptrail -j OPTIONS -- COMMAND` to its end.
struct Run {
    Process process;
    int status;

    Run(const Words &options, const Words &command)
        : process({.argv = all_words(options, command)}), status(process.wait()) {}

    std::vector<Event> events() const { return read_events(process.output()); }

  private:
    static Words all_words(const Words &options, const Words &command) {
        stop_shared_tracer();
        Words words = {"-j"};
        words.insert(words.end(), options.begin(), options.end());
        words.push_back("--");
        words.insert(words.end(), command.begin(), command.end());
        return tcptrail(words);
    }
};

std::size_t count(const std::vector<Event> &events, std::string_view kind) {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const Event &e) { return e.is(kind); }));
}

} // namespace

TEST_CASE("the command's connection is told, not its server's end") {
    Server server;
    const Run run({}, {shell, "-c", "exec " + client_of(server.listener)});

    CHECK(run.status == 0);
    const auto events = run.events();
    REQUIRE(kinds(events) == Kinds{"connect", "close"});
    CHECK(events[0].role == "client");
    CHECK(events[0].owner.comm == "live-tests");
    CHECK(events[0].rport == server.listener.local.port);
    CHECK(events[1].id == events[0].id);
    CHECK(events[1].tx_bytes == 1);
}

TEST_CASE("the connections of all descendants of the command are told") {
    Server server;
    const std::string client = client_of(server.listener);
    // In the foreground, in the background, in a subshell, of a grandchild whose parent has gone.
    const std::string script =
        client + "; " + client + " & (" + client + "); ( (" + client + ") & ); wait; " + client;
    const Run run({}, {shell, "-c", script});

    CHECK(run.status == 0);
    // The orphan may outlive the command, which ends the trace.
    const auto events = run.events();
    CHECK(count(events, "connect") >= 4);
    CHECK(count(events, "connect") <= 5);
    CHECK(count(events, "close") >= 4);
    CHECK(count(events, "accept") == 0);
}

TEST_CASE("connections of others are not told while a command runs") {
    Server server;
    Actor stranger("tt-stranger");
    stop_shared_tracer();
    const std::string client = client_of(server.listener);
    // Between its two connections the command waits for the stranger.
    Pipe pipe;
    Process process({.argv = tcptrail({"-j", "--", shell, "-c", client + "; read line; " + client}),
                     .stdin_fd = pipe.reading.number()});
    REQUIRE(eventually([&] { return lines_of(process.output()).size() >= 2; }));
    const Socket strange = stranger.connect(server.listener);
    stranger.close(strange);
    REQUIRE(write(pipe.writing.number(), "go\n", 3) == 3);

    CHECK(process.wait() == 0);
    const auto events = read_events(process.output());
    CHECK(kinds(events) == Kinds{"connect", "close", "connect", "close"});
    for (const Event &event : events)
        CHECK(event.lport != strange.local.port);
}

TEST_CASE("connections of the command's threads are told") {
    Server server;
    const Endpoint &to = server.listener.local;
    const Run run({}, {self_path(), "threaded-client", to.address(), std::to_string(to.port)});
    const auto events = run.events();
    REQUIRE(kinds(events) == Kinds{"connect", "close"});
    CHECK(events[0].owner.comm == "live-tests");
}

TEST_CASE("what the command accepts is told, not its clients' ends") {
    Actor client("tt-client");
    stop_shared_tracer();
    Process process({.argv = tcptrail({"-j", "--", self_path(), "server", "127.0.0.1", "0"})});
    std::smatch port;
    std::string errors;
    REQUIRE(eventually([&] {
        errors = process.errors();
        return std::regex_search(errors, port, std::regex("port ([0-9]+)\n"));
    }));
    const auto number = static_cast<std::uint16_t>(std::stoi(port[1]));
    const Socket from = client.connect({}, {.to = loopback4.with_port(number)});
    client.send(from, 9);
    client.close(from);

    CHECK(process.wait() == 0);
    const auto events = read_events(process.output());
    REQUIRE(kinds(events) == Kinds{"accept", "close"});
    CHECK(events[0].role == "server");
    CHECK(events[0].owner.comm == "live-tests");
    CHECK(events[1].rx_bytes == 9);
}

TEST_CASE("--user runs the command as another user", "[any-backend]") {
    if (access("/etc/passwd", R_OK) != 0)
        return skip("there is no /etc/passwd here");
    const Run run({"--user", "nobody"}, {shell, "-c", "exec id -u"});
    INFO(run.process.errors());
    CHECK(run.status == 0);
    CHECK(run.process.errors().find("\n65534\n") != std::string::npos);
}

TEST_CASE("the exit status is the command's, as a shell's would be", "[any-backend]") {
    const auto [command, status] = GENERATE(values<std::pair<Words, int>>({
        {{shell, "-c", "exit 0"}, 0},
        {{shell, "-c", "exit 7"}, 7},
        {{"/there/is/no/such/command"}, 127},
        {{"no-such-command-in-path"}, 127},
        {{"/dev/null"}, 126},
        {{shell, "-c", "kill -TERM $$"}, 128 + SIGTERM},
        {{shell, "-c", "kill -KILL $$"}, 128 + SIGKILL},
    }));
    CAPTURE(command);
    const Run run({}, command);
    INFO(run.process.errors());
    CHECK(run.status == status);
    CHECK(run.process.output().empty());
}

TEST_CASE("what the command prints is kept apart from the data", "[any-backend]") {
    Server server;
    const Run run({}, {shell, "-c", "echo words; " + client_of(server.listener)});
    CHECK(kinds(run.events()) == Kinds{"connect", "close"});
    CHECK(run.process.errors().find("words\n") != std::string::npos);
}

TEST_CASE("with --output the command keeps its stdout", "[any-backend]") {
    Server server;
    const Directory directory;
    const std::string file = directory.path() + "/events";
    const Run run({"--output", file}, {shell, "-c", "echo words; " + client_of(server.listener)});
    CHECK(run.status == 0);
    CHECK(run.process.output() == "words\n");
    CHECK(kinds(read_events(read_file(file))) == Kinds{"connect", "close"});
}

TEST_CASE("a command that outlives --duration gets SIGTERM", "[any-backend]") {
    const Run run({"-d", "1"}, {shell, "-c", "exec sleep 60"});
    CHECK(run.status == 128 + SIGTERM);
}

TEST_CASE("the command's filters still hold") {
    Server server;
    Server other;
    const Run run({"-P", std::to_string(server.listener.local.port)},
                  {shell, "-c", client_of(other.listener) + "; " + client_of(server.listener)});
    const auto events = run.events();
    REQUIRE(kinds(events) == Kinds{"connect", "close"});
    CHECK(events[0].rport == server.listener.local.port);
}

TEST_CASE("life tells only the command's ends, links names the other end, too") {
    Server server;
    const std::string client = client_of(server.listener);
    const Run life({"life"}, {shell, "-c", client + "; exit 7"});
    CHECK(life.status == 7);
    const auto events = life.events();
    REQUIRE(kinds(events) == Kinds{"close"});
    CHECK(events[0].owner.comm == "live-tests");
    CHECK(events[0].tx_bytes == 1);

    // Between its two connections the command waits for a stranger's.
    Actor stranger("tt-stranger");
    Pipe pipe;
    Process process({.argv = tcptrail({"links", "0.1", "-j", "--", shell, "-c",
                                       client + "; read line; " + client + "; exit 7"}),
                     .stdin_fd = pipe.reading.number()});
    const auto table = [&] { return last_table(read_events(process.output())); };
    REQUIRE(eventually([&] { return sum(table()).connections == 1; }));
    const Socket strange = stranger.connect(server.listener);
    stranger.send(strange, 100);
    stranger.close(strange);
    REQUIRE(write(pipe.writing.number(), "go\n", 3) == 3);

    CHECK(process.wait() == 7);
    REQUIRE(table().size() == 1);
    const Link link = table()[0];
    INFO(process.output() << process.errors());
    CHECK(link.client_comm == "live-tests");
    CHECK(link.server_comm == "tt-server");
    CHECK(link.server_port == server.listener.local.port);
    CHECK(link.connections == 2);
    CHECK(link.open == 0);
    CHECK(link.tx_bytes == 2);
    CHECK(link.rx_bytes == 0);
}
