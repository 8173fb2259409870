// Text from outside, on the command line, in the environment and in recorded files, in what the
// real binary prints.
#include "catch.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "hostile.h"
#include "program.h"

using namespace cli;
using tcptrail::HostileText;
using tcptrail::is_inert;

namespace {

const std::string expected = GOLDEN_EXPECTED;

std::string content_of(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

void check_inert(const std::string &text) {
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        CAPTURE(line);
        REQUIRE(is_inert(line));
    }
}

// The command line ends in a file to replay that is not there, so that nothing is traced.
void check_messages(Words words, const std::string &file) {
    words.insert(words.end(), {"--replay", "/nonexistent/" + file});
    CAPTURE(words);
    const Ended ended = run(words);
    REQUIRE((ended.status == 1 || ended.status == 2));
    REQUIRE(ended.out.empty());
    REQUIRE(ended.err.starts_with("tcptrail: "));
    REQUIRE(ended.err.ends_with("\n"));
    check_inert(ended.err);
    std::istringstream stream(ended.err);
    for (std::string line; std::getline(stream, line);)
        REQUIRE(line.starts_with("tcptrail: "));
}

} // namespace

TEST_CASE("no word of a command line acts in the message about it") {
    for (unsigned seed = 0; seed < 10; ++seed) {
        CAPTURE(seed);
        HostileText text(seed);
        for (const char *option : {"-p", "-c", "-u", "-P", "-a", "-N", "--role", "--cgroup", "-e",
                                   "--slower", "-o", "-S", "-d", "--user", "--probes", "--buffer"})
            check_messages({option, text.next(40)}, text.next(40));
        for (const char *option : {"--output", "--record"})
            check_messages({option, "/nonexistent/" + text.next(40)}, text.next(40));
        check_messages({text.next(40)}, "");
        check_messages({"--" + text.next(40)}, "");
        check_messages({"top", text.next(10), text.next(10)}, "");
    }
}

TEST_CASE("no file that is not a recording acts in the message about it") {
    const std::string path = "/tmp/tcptrail-hostile-" + std::to_string(getpid());
    for (unsigned seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        std::ofstream(path, std::ios::binary) << HostileText(seed).next(200);
        const Ended ended = run({"--replay", path});
        CHECK(ended.status == 1);
        CHECK(ended.out.empty());
        check_inert(ended.err);
    }
    unlink(path.c_str());
}

TEST_CASE("a recording shows as the run did that wrote it, whoever named its processes") {
    for (const std::string name : {"run", "hostile"}) {
        CAPTURE(name);
        const std::string file = expected + "/" + name + ".tcptrail";
        const Ended json = run({"trace", "--replay", file, "-j"});
        CHECK(json.status == 0);
        CHECK(json.err.empty());
        CHECK(json.out == content_of(expected + "/" + name + ".json"));
        for (const char *format : {"-w", "-s", "-T"}) {
            const Ended ended = run({"trace", "--replay", file, format});
            CHECK(ended.status == 0);
            check_inert(ended.out);
        }
    }
}

TEST_CASE("nothing of the environment acts in what --info tells") {
    for (unsigned seed = 0; seed < 5; ++seed) {
        CAPTURE(seed);
        HostileText text(seed);
        for (const char *variable : {"TCPTRAIL_DENY", "TERM", "TZ"})
            setenv(variable, text.next(100).c_str(), 1);
        const Ended ended = run({"--info"});
        CHECK_FALSE(ended.out.empty());
        check_inert(ended.out);
        check_inert(ended.err);
    }
    for (const char *variable : {"TCPTRAIL_DENY", "TERM", "TZ"})
        unsetenv(variable);
}
