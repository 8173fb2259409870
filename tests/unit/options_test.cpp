// The command line as a value.
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

const ViewInfo &a_view_with(const OptionSpec &option) {
    for (const ViewInfo &view : all_views())
        if (honours(view, option_name(option.flags)))
            return view;
    return all_views().front();
}

} // namespace

TEST_CASE("without options it traces everything") {
    const Options result = options({});
    CHECK(result.view == "trace");
    CHECK((result.connect && result.accept && result.close && result.existing));
    CHECK(result.owners.pids.empty());
    CHECK(result.birth.ports.empty());
    CHECK_FALSE(result.birth.family);
    CHECK_FALSE(result.duration);
    CHECK_FALSE(result.command);
    CHECK(result.output.format == Format::table);
    CHECK(result.output.header);
    CHECK(result.buffer_bytes == 2U << 20);
    CHECK(result.notes.empty());
}

TEST_CASE("options stand before or after the view, joined or apart") {
    for (const auto &words : std::vector<std::vector<const char *>>{{"-P", "80", "trace", "-q"},
                                                                    {"trace", "-P80", "-q"},
                                                                    {"-qP", "80"},
                                                                    {"--port=80", "-q", "trace"},
                                                                    {"-q", "--port", "80"}}) {
        const Options result = options(words);
        CHECK(result.view == "trace");
        REQUIRE(result.birth.ports.size() == 1);
        CHECK(result.birth.ports[0].value.low == 80);
        CHECK(result.quiet);
    }
}

TEST_CASE("repeated lists add up") {
    const Options result = options({"-p", "1,^2", "-p", "3", "-c", "a", "-c", "b*", "-u", "0,^0"});
    REQUIRE(result.owners.pids.size() == 3);
    CHECK(result.owners.pids[1].exclude);
    CHECK(result.owners.pids[2].value == 3);
    REQUIRE(result.owners.comms.size() == 2);
    CHECK(result.owners.comms[1].value == "b*");
    CHECK(result.owners.uids.size() == 2);
}

TEST_CASE("every filter reaches its own list") {
    const Options result =
        options({"-P", "1", "-L", "2-3", "-D", "^4", "-a", "10.0.0.0/8", "--laddr", "::1", "-6",
                 "--role", "server", "-N", "77", "--cgroup", "/sys/fs/cgroup/x"});
    CHECK(result.birth.ports.at(0).value.low == 1);
    CHECK(result.birth.lports.at(0).value.high == 3);
    CHECK(result.birth.rports.at(0).exclude);
    CHECK(result.birth.raddrs.at(0).value.prefix == 104);
    CHECK(result.birth.laddrs.at(0).value.prefix == 128);
    CHECK(result.birth.family == Family::ipv6);
    CHECK(result.birth.role == Role::server);
    CHECK(result.birth.netns == 77U);
    CHECK(result.cgroup_path == "/sys/fs/cgroup/x");
    CHECK(options({"-4"}).birth.family == Family::ipv4);
}

TEST_CASE("events are chosen or excluded") {
    const Options chosen = options({"-e", "connect", "-e", "close"});
    CHECK((chosen.connect && !chosen.accept && chosen.close));
    const Options excluded = options({"-e", "^close"});
    CHECK((excluded.connect && excluded.accept && !excluded.close));
    CHECK(contains(refusal({"-e", "close,^close"}), "nothing is left to show"));
}

TEST_CASE("output options are read") {
    const Options result = options({"-T", "-w", "-s", "-H", "--output", "/tmp/x", "-v", "-n"});
    CHECK(result.output.time == TimeColumn::clock);
    CHECK(result.output.wide);
    CHECK(result.output.format == Format::csv);
    CHECK_FALSE(result.output.header);
    CHECK(result.output.file == "/tmp/x");
    CHECK(result.verbose);
    CHECK(options({"-t"}).output.time == TimeColumn::since_start);
    CHECK(options({"-j"}).output.format == Format::json);
}

TEST_CASE("columns are exact or added, titles are understood") {
    const Options result = options({"-o", "pid,LADDR", "-o", "+uid,comm"});
    CHECK(result.output.columns == std::vector<std::string>{"pid", "laddr"});
    CHECK(result.output.added == std::vector<std::string>{"uid", "comm"});
    CHECK(refusal({"-o", "pdi"}) == "--columns: unknown column 'pdi', did you mean 'pid'?");
    CHECK(contains(refusal({"-o", "nosuch"}), "known are event time time_us id role pid"));
    for (const char *list : {"", "pid,", ",pid", "+", "pid,,comm"}) {
        CAPTURE(list);
        CHECK(contains(refusal({"-o", list}), "empty name"));
    }
}

TEST_CASE("run options are read, the last of a repeated one wins") {
    const Options result = options({"-d", "1", "-d", "0.5", "--probes", "kprobe", "--buffer", "64K",
                                    "--max-connections", "16777216", "--no-existing"});
    CHECK(result.duration == 500ms);
    CHECK(result.backend == Backend::kprobe);
    CHECK(result.buffer_bytes == 65536);
    CHECK(result.max_connections == 16777216);
    CHECK_FALSE(result.existing);
    CHECK(options({"-d", "0"}).duration == 0ms);
}

TEST_CASE("what was changed is noted") {
    CHECK(options({"-c", "systemd-timesyncd"}).notes ==
          std::vector<std::string>{"--comm: 'systemd-timesyncd' is cut to 'systemd-timesyn', a "
                                   "process name has 15 bytes"});
    const Options rounded = options({"--buffer", "3M"});
    CHECK(rounded.buffer_bytes == 4U << 20);
    CHECK(rounded.notes.size() == 1);
    CHECK(options({"--buffer", "4M"}).notes.empty());
}

TEST_CASE("what stands behind -- is the command, untouched") {
    const Options result = options({"-j", "--user", "root", "--", "curl", "-s", "--", "[x]", ""});
    REQUIRE(result.command);
    CHECK(result.command->argv == std::vector<std::string>{"curl", "-s", "--", "[x]", ""});
    CHECK(result.command->user == "root");
    CHECK(result.output.format == Format::json);
    CHECK(options({"trace", "--", "trace"}).command->argv.front() == "trace");
    CHECK(options({"--", "x", "--help"}).command->argv.size() == 2);
}

TEST_CASE("a command has to be there, --user needs one") {
    CHECK(refusal({"--"}) == "-- needs a command behind it");
    CHECK(contains(refusal({"--user", "root"}), "--user is for a command"));
    CHECK(contains(refusal({"--user", "no:such", "--", "x"}), "no user 'no:such'"));
    CHECK(contains(refusal({"--user", "0", "--", "x"}), "give a user's name"));
}

TEST_CASE("a command without -- is guessed") {
    CHECK(refusal({"curl", "x"}) == "unknown view 'curl', did you mean `-- curl x`?");
    CHECK(refusal({"-j", "curl", "-s", "http://h/"}) ==
          "unknown view 'curl', did you mean `-- curl -s http://h/`?");
    CHECK(refusal({"curl", "-X", "POST"}) ==
          "unknown view 'curl', did you mean `-- curl -X POST`?");
    CHECK(refusal({"-c", "curl", "curl", "x"}) == "unknown view 'curl', did you mean `-- curl x`?");
    CHECK(refusal({"htop"}) == "unknown view 'htop', did you mean 'top'?");
    CHECK(refusal({"10.0.0.7"}) == "unknown view '10.0.0.7', did you mean `-- 10.0.0.7`?");
    CHECK(refusal({"7z", "x"}) == "unknown view '7z', did you mean `-- 7z x`?");
}

TEST_CASE("a mistyped view or option is guessed") {
    CHECK(refusal({"trce"}) == "unknown view 'trce', did you mean 'trace'?");
    CHECK(refusal({"--prot", "80"}) == "unknown option '--prot', did you mean --port?");
    CHECK(refusal({"--durations=5"}) == "unknown option '--durations', did you mean --duration?");
    CHECK(refusal({"lnks"}) == "unknown view 'lnks', did you mean 'links'?");
    CHECK(refusal({"--no-existng"}) ==
          "unknown option '--no-existng', did you mean --no-existing?");
    for (const char *word : {"-5", "--nosuch", "-X"}) {
        CAPTURE(word);
        CHECK(contains(refusal({word}), "unknown option"));
    }
}

TEST_CASE("words too many say where they belong") {
    CHECK(contains(refusal({"5"}), "trace takes no INTERVAL 5: to stop after 5 seconds give -d 5"));
    CHECK(contains(refusal({"trace", "1", "10"}), "takes no INTERVAL"));
    CHECK(contains(refusal({"-P", "80", "443"}), "joined by commas"));
    CHECK(contains(refusal({"trace", "x"}), "'x' is one word too many"));
}

TEST_CASE("options that exclude each other are refused") {
    CHECK(contains(refusal({"-4", "-6"}), "-4 and -6"));
    CHECK(contains(refusal({"-j", "-s"}), "--json and --csv"));
    CHECK(contains(refusal({"-T", "-t"}), "-T and -t"));
    CHECK(contains(refusal({"--role", "client", "--role", "server"}), "given twice"));
    CHECK(contains(refusal({"-N", "1", "-N", "2"}), "given twice"));
    CHECK(contains(refusal({"--cgroup", "/a", "--cgroup", "/b"}), "given twice"));
    CHECK(options({"-q", "-v"}).verbose);
    CHECK(options({"-w", "-j"}).output.wide); // JSON has these columns anyway
    CHECK(contains(refusal({"-w", "-j", "-o", "pid"}), "--wide adds nothing"));
}

TEST_CASE("--info stands with what changes its answer, and with nothing else") {
    CHECK(options({"--info", "-v", "--probes", "kprobe", "--buffer", "1M"}).info);
    CHECK(refusal({"--info", "-p", "1"}) == "--info traces nothing: leave out --pid");
    CHECK(contains(refusal({"--info", "--", "x"}), "leave out the command"));
}

TEST_CASE("an option without its value says what it wants") {
    for (const OptionSpec &option : all_options()) {
        if (option.value.empty())
            continue;
        const std::string view(a_view_with(option).name);
        const std::string name(option_name(option.flags));
        CAPTURE(name);
        const std::string wanted = name + " needs a value: " + std::string(option.value);
        CHECK(refusal({view.c_str(), name.c_str()}) == wanted);
        CHECK(refusal({view.c_str(), name.c_str(), "--", "x"}) == wanted);
        CHECK(refusal({view.c_str(), (name + "=").c_str(), "5"}) == wanted);
        CHECK(contains(refusal({view.c_str(), name.c_str(), "-j"}), "but '-j' is an option"));
        CHECK(refusal({view.c_str(), name.c_str(), ""}).starts_with(name + ": "));
    }
    CHECK(refusal({"-qp"}) == "--pid needs a value: PID,...");
}

TEST_CASE("a flag with a value is refused") {
    for (const char *word : {"--wide=false", "--wide=", "--json=5"}) {
        CAPTURE(word);
        CHECK(contains(refusal({word}), "takes no value"));
    }
}

TEST_CASE("a wrong value is told with its option") {
    CHECK(refusal({"-p", "abc"}) ==
          "--pid: 'abc' is not a process id: give a number from 1 to 4194304");
    CHECK(contains(refusal({"-P", "70000"}), "--port: '70000' is not a port"));
    CHECK(contains(refusal({"-P", "80,90-80"}), "runs backwards"));
    CHECK(contains(refusal({"-a", "10.0.0.0/33"}), "--addr: the prefix length"));
    CHECK(contains(refusal({"-e", "foo"}), "--event: 'foo' is not an event"));
    CHECK(contains(refusal({"-d", "-1"}), "--duration: '-1' is not a time"));
    CHECK(contains(refusal({"--probes", "foo"}), "--probes: 'foo'"));
    CHECK(contains(refusal({"--max-connections", "0"}), "from 1 to 16777216"));
    CHECK(contains(refusal({"--max-connections", "16777217"}), "from 1 to 16777216"));
    CHECK(contains(refusal({"--buffer", "2G"}), "out of bounds"));
    CHECK(contains(refusal({"--output", "-"}), "stdout"));
    CHECK(contains(refusal({"-p", "1,,2"}), "empty value"));
}

TEST_CASE("values of brackets and braces reach their option whole") {
    CHECK(options({"-c", "[ab]"}).owners.comms.at(0).value == "[ab]");
    CHECK(options({"-c", "{}"}).owners.comms.at(0).value == "{}");
    CHECK(options({"--comm=a=b"}).owners.comms.at(0).value == "a=b");
    CHECK(options({"-c", "'a'"}).owners.comms.at(0).value == "'a'");
}

TEST_CASE("an empty argument vector is the plain trace") {
    const auto result = parse_options(0, nullptr);
    CHECK(std::holds_alternative<Options>(result));
}
