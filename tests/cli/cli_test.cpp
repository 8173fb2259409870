// What a shell sees of the real binary, named by TCPTRAIL: no case here traces anything, so none
// needs root.
#include "catch.h"

#include <string>

#include <unistd.h>

#include "program.h"

using namespace cli;

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
    refused({"lief"}, "unknown view 'lief', did you mean 'life'?");
    refused({"10.0.0.7"}, "unknown view '10.0.0.7'");
    refused({""}, "unknown view ''");
}

TEST_CASE("an option that does not belong here is refused with the reason") {
    refused({"--sort", "tx_bytes"}, "--sort is for the tables of top and links");
    refused({"--open"}, "--open is for life");
    refused({"1", "10"}, "trace takes no INTERVAL");
    refused({"--nosuch"}, "unknown option '--nosuch'");
}

TEST_CASE("options that contradict each other are refused") {
    refused({"-x", "-e", "connect"}, "leave out --event");
    refused({"--info", "--open", "life"}, "--info traces nothing: leave out --open");
    refused({"--info", "top", "5"}, "--info traces nothing: leave out 5");
}

TEST_CASE("what is nearly an interval or a count is told as such") {
    refused({"top", "5s"}, "INTERVAL: '5s' is not a time");
    refused({"links", "1", "5min"}, "COUNT: '5min' is not a count of tables");
}

TEST_CASE("what comes from outside cannot break the line or the terminal") {
    refused({"-p", "a\nb\033[31m"}, "is not a process id");
    CHECK_FALSE(contains(run({"\033[31mcurl"}).err, "\033"));
    refused({"top", "--sort", "\033[31m\n"}, "unknown column");
    CHECK_FALSE(contains(run({"top", "1\033[31m"}).err, "\033"));
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

TEST_CASE("the help of each view fits a small terminal") {
    for (const char *view : {"trace", "life", "top", "links"}) {
        CAPTURE(view);
        const Ended ended = run({view, "--help"});
        CHECK(ended.status == 0);
        CHECK(ended.err.empty());
        CHECK(count_lines(ended.out) <= 24);
        CHECK(ended.out.starts_with("Usage: tcptrail " + std::string(view)));
        CHECK(contains(ended.out, "--no-existing"));
    }
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
    for (const char *view : {"trace", "life", "top", "links"}) {
        CAPTURE(view);
        const Ended ended = run({view, "-d", "0"}, {"", geteuid() == 0 ? nobody : 0});
        CHECK(ended.status == 1);
        CHECK(ended.out.empty());
        CHECK(count_lines(ended.err) == 1);
        CHECK(ended.err.starts_with("tcptrail: "));
        CHECK((contains(ended.err, "root") || contains(ended.err, "CAP_")));
    }
}
