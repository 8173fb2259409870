// The commands that the manual gives for the questions people come with: each finds its answer.
#include "questions.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <span>
#include <sstream>

#include "actor.h"
#include "catch.h"
#include "directory.h"
#include "netlink.h"
#include "tracer.h"
#include "worlds.h"

using namespace live;

namespace {

constexpr uid_t user = 12345;

Words words_of(std::string_view line) {
    std::istringstream rest{std::string(line)};
    Words words;
    for (std::string word; rest >> word;)
        words.push_back(word);
    return words;
}

// Two hosts: tt-app and tt-web use tt-db and tt-front, some of it from before the start.
class Town {
  public:
    Town();
    void live_a_day();

    const Cable cable;

  private:
    Pair open(Actor &client, Actor &server, const Socket &listener);
    Pair talk(Actor &client, Actor &server, const Socket &listener);
    void handshake_slowly();

    Actor app_{"tt-app", {.netns = &cable.here}};
    Actor web_{"tt-web", {.netns = &cable.here, .uid = user}};
    Actor db_{"tt-db", {.netns = &cable.there}};
    Actor front_{"tt-front", {.netns = &cable.there}};
    Socket at_db_ = db_.listen(Cable::there4.with_port(5432));
    Socket at_old_ = db_.listen(Cable::there4.with_port(8080));
    Socket at_front_ = front_.listen(Endpoint("0.0.0.0", 443));
    Pair pool_ = open(app_, db_, at_db_);
    Pair leak_ = open(app_, front_, at_front_);
};

Town::Town() {
    app_.close(leak_.client);
    front_.receive_end(leak_.server);
}

Pair Town::open(Actor &client, Actor &server, const Socket &listener) {
    const Connect how{.to = Cable::there4.with_port(listener.local.port)};
    return {client.connect(listener, how), server.accept(listener)};
}

Pair Town::talk(Actor &client, Actor &server, const Socket &listener) {
    const Pair pair = open(client, server, listener);
    exchange(client, server, pair, 1000, 2000);
    return pair;
}

// The SYN waits until somebody answers for the address.
void Town::handshake_slowly() {
    {
        const Inside inside(cable.here);
        write_file("/proc/sys/net/ipv4/neigh/cable/mcast_solicit", "100");
    }
    Pair slow;
    slow.client = app_.call(connect_to, {.to = Cable::nobody4.with_port(443), .blocking = false});
    REQUIRE(slow.client.error == EINPROGRESS);
    pause_for(std::chrono::milliseconds(50));
    {
        const Inside inside(cable.there);
        Netlink().add_address("cable", Cable::nobody4, 24);
    }
    REQUIRE(app_.call(finish_connect, slow.client.fd) == 0);
    slow.server = front_.accept(at_front_);
    hang_up(app_, front_, slow);
}

void Town::live_a_day() {
    exchange(app_, db_, pool_, 3'000'000, 4'000'000);
    hang_up(app_, db_, talk(app_, db_, at_db_));
    hang_up(web_, db_, talk(web_, db_, at_old_));
    hang_up(web_, front_, talk(web_, front_, at_front_));
    app_.reset(talk(app_, db_, at_db_).client);
    REQUIRE(app_.call(connect_to, {.to = Cable::there4.with_port(9)}).error == ECONNREFUSED);
    const Socket queued = web_.connect(at_front_, {.to = Cable::there4.with_port(443)});
    pause_for(std::chrono::milliseconds(50));
    hang_up(web_, front_, {queued, front_.accept(at_front_)});
    handshake_slowly();
}

// Words that one line of the answer has, in this order and with others between them.
using Row = Words;

const std::map<std::string_view, Row> answers = {
    {"What happens right now?", {"accept", "tt-front", "10.77.0.2", "443", "10.77.0.1"}},
    {"Who connects to my database?", {"connect", "tt-app", "10.77.0.1", "5432", "0"}},
    {"What is refused or fails, and by whom?",
     {"tt-app", "10.77.0.2", "9", "refused", "ECONNREFUSED"}},
    {"Who resets, this side or the other?", {"tt-app", "10.77.0.2", "5432", "local-reset"}},
    {"Who leaks connections (CLOSE_WAIT)?", {"tt-front", "443", "10.77.0.1", "CLOSE_WAIT"}},
    {"What was open before I came?", {"tt-app", "10.77.0.1", "10.77.0.2", "5432", "open"}},
    {"Which accepts are slow?", {"accept", "tt-front", "443", "10.77.0.1"}},
    {"Which handshakes are slow?", {"tt-app", "10.77.0.9", "443"}},
    {"Which process served this client?", {"tt-front", "443", "10.77.0.1", "remote"}},
    {"What does this script connect to?", {"127.0.0.1", "live-tests", "127.0.0.1", "1", "0"}},
    {"What does this user do?", {"tt-web", "10.77.0.2", "8080"}},
    {"What does this container do?", {"accept", "tt-db", "5432"}},
    {"What leaves this host?", {"connect", "tt-web", "10.77.0.2", "443"}},
    {"Who uses the most, now?", {"tt-app", "10.77.0.2", "5432"}},
    {"Who used the most in a minute?", {"10.77.0.1", "tt-app", "10.77.0.2", "5432", "tt-db"}},
    {"Who talks to whom?", {"10.77.0.1", "tt-web", "10.77.0.2", "443", "tt-front"}},
    {"Who connects again and again, without a pool?",
     {"10.77.0.1", "tt-app", "10.77.0.2", "5432", "tt-db"}},
    {"Does anybody still use the old port?", {"10.77.0.1", "tt-web", "10.77.0.2", "8080", "tt-db"}},
    {"Where are segments sent again?", {"tt-app", "10.77.0.2", "5432"}},
    {"Which peers are far away?", {"tt-app", "10.77.0.2", "5432"}},
    {"How long do connections live?", {"tt-web", "10.77.0.2", "8080"}},
    {"What happened while I slept?", {"connect", "tt-app", "10.77.0.2", "5432"}},
};

bool holds(const std::string &line, const Row &row) {
    const Words words = words_of(line);
    auto next = words.begin();
    for (const std::string &wanted : row) {
        next = std::find(next, words.end(), wanted);
        if (next == words.end())
            return false;
        ++next;
    }
    return true;
}

bool is_answered(const std::string &output, const Row &row) {
    const auto lines = lines_of(output);
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string &line) { return holds(line, row); });
}

// The command with what here stands for its script, its user, its container and its file.
Words command_here(std::string_view command, const Town &town, const std::string &directory,
                   const Socket &listener) {
    const std::map<std::string, Words> here = {
        {"./script",
         {self_path(), "client", listener.local.address(), std::to_string(listener.local.port)}},
        {"www-data", {std::to_string(user)}},
        {"/proc/4321/ns/net", {town.cable.there.path()}},
        {"night.tcptrail", {directory + "/night.tcptrail"}},
    };
    Words arguments;
    const Words words = words_of(command);
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        const auto stands_for = here.find(*word);
        const Words now = stands_for == here.end() ? Words{*word} : stands_for->second;
        arguments.insert(arguments.end(), now.begin(), now.end());
    }
    const auto command_begin = std::find(arguments.begin(), arguments.end(), "--");
    arguments.insert(command_begin, {"--max-connections", "1024"});
    return tcptrail(arguments);
}

int serve_forever(int listener) {
    for (;;) {
        const Socket socket = accept_from(listener);
        receive_all(socket.fd);
        close_socket(socket.fd);
    }
}

} // namespace

TEST_CASE("each question that the manual lists is answered by its command", "[any-backend]") {
    constexpr std::size_t at_once = 8;
    const std::span<const manual::Question> all(manual::questions);
    REQUIRE(answers.size() == all.size());
    const Directory directory;
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    server.begin(serve_forever, listener.fd);
    for (std::size_t first = 0; first < all.size(); first += at_once) {
        const auto asked = all.subspan(first, std::min(at_once, all.size() - first));
        Town town;
        std::vector<std::unique_ptr<Process>> running;
        for (const auto &question : asked)
            running.push_back(std::make_unique<Process>(
                Spawn{.argv = command_here(question.command, town, directory.path(), listener)}));
        for (const auto &process : running)
            wait_for_banner(*process);
        town.live_a_day();
        for (const auto &process : running)
            process->signal(SIGINT);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            INFO(asked[i].asked << ' ' << asked[i].command);
            CHECK(running[i]->wait() == 0);
            CAPTURE(running[i]->errors(), running[i]->output());
            CHECK(is_answered(running[i]->output(), answers.at(asked[i].asked)));
        }
    }
}
