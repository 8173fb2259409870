// Views and the options of their own: each is honoured, or refused with its reason.
#include "catch.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "option_table.h"
#include "views/catalog.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

// The option with a value that it takes.
ArgumentList use_of(const OptionSpec &option) {
    const auto name = option_name(option.flags);
    if (option.value.empty())
        return {name.data()};
    if (name == "--event")
        return {name.data(), "close"};
    if (name == "--sort")
        return {name.data(), "time"};
    if (name == "--format")
        return {name.data(), "csv"};
    return {name.data(), "5"};
}

} // namespace

TEST_CASE("each view takes what it names in the catalog and refuses the rest with the reason") {
    for (const ViewInfo &view : all_views()) {
        for (const OptionSpec &option : all_options()) {
            if (option.reach != Reach::own)
                continue;
            CAPTURE(view.name, option.flags);
            const auto name = option_name(option.flags);
            ArgumentList words = use_of(option);
            words.push_back(view.name.data());
            const std::string reason = std::string(name) + " " + std::string(option.refusal);
            CHECK(refusal(words) == (honours(view, name) ? "accepted" : reason));
        }
    }
}

TEST_CASE("the reason for a refusal comes before what is wrong with the value") {
    CHECK(contains(refusal({"--sort", "nosuch"}), "--sort is for the tables of top and links"));
    CHECK(contains(refusal({"top", "-e", "nosuch"}), "chooses events of trace"));
}

TEST_CASE("trace shows openings and closes, unless it is asked for ends") {
    for (const char *line : {"-x", "--failed", "--slower 20", "-x -e close", "-x --slower 1"}) {
        CAPTURE(line);
        const Options result = options_of(line);
        CHECK_FALSE((result.connect || result.accept));
        CHECK(result.close);
    }
    CHECK(options_of("-x").failed_only);
    CHECK_FALSE(options_of("").failed_only);
    CHECK(options_of("--slower 1.5").slower == 1500us);
    CHECK(options_of("--slower 0").slower == 0us);
    CHECK_FALSE(options_of("").slower);
}

TEST_CASE("events cannot be chosen where only ends are asked for") {
    for (const char *line : {"-x -e connect", "-x -e connect,close", "-x -e ^accept",
                             "--slower 5 -e accept", "-x -e ^close"}) {
        CAPTURE(line);
        CHECK(contains(refusal_of(line), "--failed and --slower choose closes"));
    }
}

TEST_CASE("a wrong time of --slower is refused") {
    for (const char *value : {"x", "-1", "1s", "1e3"}) {
        CAPTURE(value);
        CHECK(contains(refusal({"life", "--slower", value}), "--slower: "));
    }
}

TEST_CASE("life needs what is open only to show it") {
    const Options plain = options_of("life");
    CHECK(plain.view == "life");
    CHECK_FALSE((plain.connect || plain.accept || plain.open));
    CHECK(plain.close);
    CHECK_FALSE(plain.needs.open);
    const Options open = options_of("life --open -d 0 -x --slower 3");
    CHECK((open.open && open.needs.open && open.failed_only));
    CHECK(open.duration == 0ms);
    CHECK_FALSE(options_of("life --no-existing").existing);
}

TEST_CASE("top and links need what is open, links both ends of it") {
    const Options top = options_of("top");
    CHECK((top.needs.open && !top.needs.both_ends && !top.needs.openings));
    const Options links = options_of("links");
    CHECK((links.needs.open && links.needs.both_ends && !links.needs.openings));
    CHECK_FALSE((links.connect || links.accept));
    CHECK(links.close);
    const Options trace = options_of("trace");
    CHECK((trace.needs.openings && !trace.needs.open));
}

TEST_CASE("tables are arranged as asked") {
    const Options plain = options_of("top");
    CHECK((plain.rows.clear && !plain.rows.idle));
    CHECK_FALSE(plain.rows.sort);
    CHECK_FALSE(plain.rows.limit);
    const Options top = options_of("top -S rtt_ms -r 5 -C --all");
    CHECK(top.rows.sort == "rtt_ms");
    CHECK(top.rows.limit == 5U);
    CHECK((!top.rows.clear && top.rows.idle));
    const Options links = options_of("links -S connections --rows 3 --no-clear --max-links 100");
    CHECK(links.rows.sort == "connections");
    CHECK(links.rows.limit == 3U);
    CHECK_FALSE(links.rows.clear);
    CHECK(links.rows.max_links == 100);
    CHECK(options_of("links").rows.max_links == 65536);
}

TEST_CASE("wrong counts of rows and links are refused") {
    for (const char *line : {"top -r 0", "top -r x", "links -r -1", "links --max-links 0",
                             "links --max-links 16777217"}) {
        CAPTURE(line);
        CHECK(contains(refusal_of(line), "is not a count: give a number from 1 to 16777216"));
    }
}

TEST_CASE("columns are those of the view") {
    CHECK(options_of("links -o client,SCOMM").output.columns ==
          std::vector<std::string>{"client", "server_comm"});
    CHECK(contains(refusal_of("links -o pid"), "unknown column 'pid', known are event time"));
    CHECK(contains(refusal_of("links -S pid"), "--sort: unknown column 'pid'"));
    CHECK(contains(refusal_of("top -o client"), "unknown column 'client'"));
    CHECK(contains(refusal_of("top -S rtt_m"), "did you mean 'rtt_ms'?"));
}

TEST_CASE("a title above a table sorts by the column below it") {
    CHECK(options_of("top -S TX_KB").rows.sort == "interval_tx_kb");
    CHECK(options_of("top -S tx_kb").rows.sort == "tx_kb");
    CHECK(options_of("top -S RTT_MS").rows.sort == "rtt_ms");
    CHECK(options_of("links -S CONNS").rows.sort == "connections");
    CHECK(options_of("links -S tx").rows.sort == "tx_bytes");
    CHECK(options_of("links -o PORT,+TIME(s)").output.added == std::vector<std::string>{"time_s"});
}

TEST_CASE("an interval and a count stand behind the view that repeats its table") {
    const Options both = options_of("top -P 80,443 1 10");
    CHECK(both.rows.interval == 1000ms);
    CHECK(both.rows.count == 10U);
    CHECK(both.birth.ports.size() == 2);
    CHECK(options_of("links 0.5").rows.interval == 500ms);
    CHECK_FALSE(options_of("links 0.5").rows.count);
    CHECK(options_of("1 top").rows.interval == 1000ms);
    CHECK(options_of("top 0.1").rows.interval == 100ms);
    CHECK(options_of("top .5 -q 1000000000").rows.count == 1000000000U);
    CHECK_FALSE(options_of("top").rows.interval);
    CHECK(options_of("links 5 -- curl x").rows.interval == 5000ms);
}

TEST_CASE("a wrong interval or count says what it should be") {
    CHECK(refusal_of("top 0.05") == "INTERVAL: give 0.1 seconds or more");
    CHECK(refusal_of("top 0") == "INTERVAL: give 0.1 seconds or more");
    CHECK(refusal_of("top 5s") == "INTERVAL: '5s' is not a time: give seconds such as 10 or 0.5");
    CHECK(contains(refusal_of("top 1 0"), "COUNT: '0' is not a count of tables"));
    CHECK(contains(refusal_of("top 1 2.5"), "COUNT: '2.5' is not a count of tables"));
    CHECK(contains(refusal_of("links 1 5min"), "COUNT: '5min' is not a count of tables"));
    CHECK(contains(refusal_of("top 1 1000000001"), "from 1 to 1000000000"));
    CHECK(refusal_of("top 1 2 3") == "'3' is one number too many: top takes INTERVAL and COUNT");
    CHECK(contains(refusal_of("top x"), "'x' is one word too many"));
    CHECK(contains(refusal_of("life 5"), "life takes no INTERVAL 5"));
    CHECK(contains(refusal_of("trace 1 2"), "trace takes no INTERVAL 1"));
}

TEST_CASE("a command is for the views that follow one") {
    for (const ViewInfo &view : all_views()) {
        CAPTURE(view.name);
        const std::string told = refusal({view.name.data(), "--", "cmd"});
        const std::string reason = std::string(view.name) + " watches the whole host: to follow a "
                                                            "command take trace, life or links";
        CHECK(told == (view.runs_command ? "accepted" : reason));
    }
    CHECK(contains(refusal_of("top --user root -- cmd"), "watches the whole host"));
    CHECK(contains(refusal_of("top --user root"), "--user is for a command"));
    CHECK(refusal_of("top --") == "-- needs a command behind it");
    CHECK(options_of("links --user root -- cmd").command->user == "root");
}

TEST_CASE("--names is for tables and pictures, where -n is not") {
    for (const char *view : {"trace", "life", "top", "links"}) {
        CAPTURE(view);
        CHECK_FALSE(options({view}).output.names);
        CHECK(options({view, "--names"}).output.names);
        CHECK(contains(refusal({view, "--names", "-j"}), "--names is for eyes"));
        CHECK(contains(refusal({view, "--csv", "--names"}), "--names is for eyes"));
        CHECK(contains(refusal({view, "--names", "-n"}), "exclude each other"));
    }
    CHECK(options({"links", "--format", "dot", "--names"}).output.names);
    CHECK(contains(refusal({"links", "--format", "json", "--names"}), "--names is for eyes"));
    CHECK(options({"life", "--replay", "file", "--names"}).output.names);
}

TEST_CASE("--human is for tables") {
    for (const char *view : {"trace", "life", "top", "links"}) {
        CAPTURE(view);
        CHECK(options({view, "--human"}).output.human);
        CHECK(contains(refusal({view, "--human", "-j"}), "--human is for eyes"));
        CHECK(contains(refusal({view, "--csv", "--human"}), "--human is for eyes"));
    }
    CHECK_FALSE(options_of("top").output.human);
}

TEST_CASE("events are saved to a file or read from one") {
    for (const std::string view : {"trace", "life"}) {
        CAPTURE(view);
        CHECK(options_of(view + " --record /tmp/x").record == "/tmp/x");
        CHECK(options_of(view + " --replay /tmp/x -p 1 -j").replay == "/tmp/x");
        for (const char *file : {"", "-"}) {
            CHECK(refusal({view.c_str(), "--record", file}) == "--record: give the name of a file");
            CHECK(refusal({view.c_str(), "--replay", file}) == "--replay: give the name of a file");
        }
    }
}

TEST_CASE("a replay asks no kernel and runs no command") {
    for (const std::string option : {"--record /tmp/y", "--duration 1", "--cgroup /sys/fs/cgroup",
                                     "--probes kprobe", "--max-connections 5", "--buffer 1M"}) {
        CAPTURE(option);
        CHECK(refusal_of("life --replay /tmp/x " + option) ==
              "--replay asks no kernel: leave out " + option.substr(0, option.find(' ')));
    }
    CHECK(refusal_of("--replay /tmp/x -- cmd") == "--replay runs no command: leave it out");
    CHECK(refusal_of("--replay /tmp/x --info") == "--info traces nothing: leave out --replay");
}

TEST_CASE("--info stands with no option or number of a view") {
    CHECK(refusal_of("life --info --open") == "--info traces nothing: leave out --open");
    CHECK(refusal_of("top --info 5") == "--info traces nothing: leave out 5");
    CHECK(options_of("top --info").info);
}
