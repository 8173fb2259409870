// What users see, to the byte: each case is a file in expected/, written anew with
// TCPTRAIL_UPDATE_GOLDEN=1.
#include "catch.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command_line.h"
#include "flow/recording.h"
#include "golden/events.h"
#include "output/dot.h"
#include "output/formatter.h"
#include "output/names.h"
#include "views/catalog.h"

using namespace tcptrail;

namespace {

void set_zone() {
    setenv("TZ", "AAA-01", 1); // an hour east of UTC, whatever zones the machine knows
    tzset();
}

// What --names finds in the files of the imagined host.
const Names *names_for(const Options &options) {
    static const Names names = [] {
        Names fresh;
        std::istringstream hosts("127.0.0.1 localhost\n::1 localhost\n10.0.0.9 db.example.org db\n"
                                 "fd00::2 database-of-the-other-site.example.org\n");
        std::istringstream services("ssh 22/tcp\nhttp 80/tcp www\nhttps 443/tcp\n"
                                    "http-alt 8080/tcp\npostgresql 5432/tcp\n");
        fresh.add_hosts(hosts);
        fresh.add_services(services);
        return fresh;
    }();
    return options.output.names ? &names : nullptr;
}

// What the view of this command line prints of what `tell` shows it.
std::string seen(const std::string &line, const std::function<void(View &)> &tell) {
    set_zone();
    const Options options = options_of(line);
    Sink nowhere(-1);
    auto made =
        find_view(options.view)->make(options, nowhere, golden::start_time(), names_for(options));
    REQUIRE(std::holds_alternative<std::unique_ptr<View>>(made));
    View &view = *std::get<std::unique_ptr<View>>(made);
    view.begin();
    tell(view);
    return nowhere.buffer();
}

std::string shown(const std::string &line, const std::vector<Event> &events) {
    return seen(line, [&events](View &view) {
        for (const Event &event : events)
            view.show(event);
    });
}

// Of `life`, with what is open at the end.
std::string ended(const std::string &line) {
    std::vector<Event> events = golden::run();
    for (const Event &open : golden::still_open())
        events.push_back(open);
    return shown(line, events);
}

// Of `top`.
std::string moved(const std::string &line) {
    return seen(line, [](View &view) {
        WallTime time = golden::start_time();
        for (const auto &interval : golden::intervals()) {
            for (const Event &event : interval)
                view.show(event);
            view.walked(false);
            time += std::chrono::seconds(1);
            view.report({.time = time, .spills = {}});
        }
    });
}

// Of `links`: how rows are written, not which there are.
std::string linked(const std::string &line, const std::vector<LinkRow> &rows) {
    set_zone();
    const Options options = options_of(line);
    auto made = Formatter<LinkRow>::make(links_layout(options), options.output,
                                         golden::start_time(), names_for(options));
    REQUIRE(std::holds_alternative<Formatter<LinkRow>>(made));
    auto &formatter = std::get<Formatter<LinkRow>>(made);
    std::string out;
    formatter.header(out);
    for (const LinkRow &row : rows)
        formatter.line(out, row);
    return out;
}

// Of `links --format dot`, likewise.
std::string drawn(const std::vector<LinkRow> &rows, const std::string &line = "links") {
    std::vector<const LinkRow *> all;
    for (const LinkRow &row : rows)
        all.push_back(&row);
    std::string out;
    append_dot(out, map_of(all), golden::start_time(), names_for(options_of(line)));
    return out;
}

std::string recorded(const std::vector<Event> &events) {
    std::string file = recording_head(golden::start_time());
    for (const Event &event : events)
        append_entry(file, event);
    return file;
}

void check(const std::string &name, const std::string &actual) {
    const std::string path = std::string(GOLDEN_EXPECTED) + "/" + name;
    if (std::getenv("TCPTRAIL_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << actual;
        SUCCEED("written anew: " << path);
        return;
    }
    std::ifstream file(path, std::ios::binary);
    INFO("expected: " << path);
    REQUIRE(file.is_open());
    const std::string expected{std::istreambuf_iterator<char>(file), {}};
    CHECK(actual == expected);
}

std::vector<std::string> lines_of(const std::string &text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::size_t tokens_of(const std::string &line) {
    std::istringstream stream(line);
    return static_cast<std::size_t>(std::distance(std::istream_iterator<std::string>(stream), {}));
}

void check_tokens(const std::string &table, std::size_t rows) {
    const auto lines = lines_of(table);
    REQUIRE(lines.size() == rows + 1);
    for (const std::string &line : lines) {
        CAPTURE(line);
        CHECK(tokens_of(line) == tokens_of(lines.front()));
        CHECK(line.back() != ' ');
    }
}

} // namespace

TEST_CASE("the table shows who, whereto and how it ended") {
    check("table.txt", shown("trace", golden::run()));
}

TEST_CASE("the wide table has room for IPv6 and says more") {
    check("wide.txt", shown("trace -w", golden::run()));
}

TEST_CASE("-T puts the local time first") {
    check("clock.txt", shown("trace -T", golden::run()));
}

TEST_CASE("-t puts the seconds since the start first") {
    check("since_start.txt", shown("trace -t", golden::run()));
}

TEST_CASE("-o is exactly the columns asked for, in every format") {
    const std::string line = "trace -o raddr,event,tid,tx_kb,rx_kb,state,inferred,existing";
    check("columns.txt", shown(line, golden::run()));
    check("columns.json", shown(line + " -j", golden::run()));
    check("columns.csv", shown(line + " -s", golden::run()));
}

TEST_CASE("-o with a plus adds to what a view shows") {
    check("added.txt", shown("trace -o +tid,+srtt_us", golden::run()));
    check("added.json", shown("trace -o +tid,+srtt_us -j", golden::run()));
}

TEST_CASE("the unit is a column for those who ask for it, absent where there is none") {
    const std::string longest(unit_limit, '\x01');
    std::vector<Event> events = golden::run();
    events[0].unit = "4f1c9d0b7a6e";
    events[1].unit = "nginx.service";
    events[2].unit = "a b\n\"c\x1b[31m.service";
    events[3].unit = longest;
    check("unit.txt", shown("trace -o comm,unit,raddr", events));
    check("unit.json", shown("trace -j -o +unit", events));
    check("unit.csv", shown("trace -s -o comm,unit,raddr", events));
}

TEST_CASE("JSON is one object a line with the documented keys") {
    check("run.json", shown("trace -j", golden::run()));
}

TEST_CASE("CSV has the JSON keys as its header") {
    check("run.csv", shown("trace -s", golden::run()));
}

TEST_CASE("-t adds its column at the end of JSON") {
    check("since_start.json", shown("trace -t -j", golden::run()));
}

TEST_CASE("life shows what each finished connection carried") {
    check("life.txt", ended("life"));
    check("life_wide.txt", ended("life -w"));
    check("life.json", ended("life -j"));
    check("life.csv", ended("life -s"));
    check("life_failed.txt", ended("life -x -T"));
}

TEST_CASE("life --open shows what goes on as well, and its state where there is a place") {
    check("life_open.txt", ended("life --open"));
    check("life_open.json", ended("life --open -j"));
    check("life_open.csv", ended("life --open -s"));
    check("life_open_columns.txt", ended("life --open -o pid,comm,raddr,rport,state,age_ms,end"));
}

TEST_CASE("top shows what moved in each interval, the busiest first") {
    check("top.txt", moved("top"));
    check("top_wide.txt", moved("top -w"));
    check("top.json", moved("top -j"));
    check("top.csv", moved("top -s"));
    check("top_sorted.txt", moved("top --all -T -r 3 -S rtt_ms -o +rtt_ms"));
}

TEST_CASE("links shows who talks to whom, and what does not fit as `other`") {
    check("links.txt", linked("links", golden::links()));
    check("links_wide.txt", linked("links -w", golden::links()));
    check("links.json", linked("links -j", golden::links()));
    check("links.csv", linked("links -s", golden::links()));
    check("links_clock.txt", linked("links -T", golden::links()));
    check("links_columns.txt",
          linked("links -t -o server,server_port,connections,tx_kb,rx_kb", golden::links()));
}

TEST_CASE("links as a picture has a node for each program, and a frame for each address") {
    check("links.dot", drawn(golden::links()));
    check("no_links.dot", drawn({}));
    check("hostile_links.dot", drawn(golden::hostile_links()));
    check("crowd.dot", drawn(golden::crowd()));
}

TEST_CASE("--human shortens bytes, and bytes alone") {
    check("life_human.txt", ended("life --open --human -o +tx_bytes,+retransmits"));
    check("top_human.txt", moved("top --human"));
    check("links_human.txt", linked("links --human", golden::links()));
}

TEST_CASE("--names shows what addresses and ports are called, in columns that stay aligned") {
    check("names.txt", shown("trace --names", golden::run()));
    check("top_names.txt", moved("top --names"));
    check("links_names.txt", linked("links --names", golden::links()));
    check("links_names.dot", drawn(golden::links(), "links --names"));
}

TEST_CASE("no name breaks a reader") {
    check("hostile.txt", shown("trace", golden::hostile_names()));
    check("hostile.json", shown("trace -j", golden::hostile_names()));
    check("hostile.csv", shown("trace -s -o pid,comm,raddr", golden::hostile_names()));
    check("hostile_links.txt", linked("links", golden::hostile_links()));
    check("hostile_links.json", linked("links -j", golden::hostile_links()));
    check("hostile_links.csv",
          linked("links -s -o client_comm,server_comm,connections", golden::hostile_links()));
}

TEST_CASE("what was recorded by one version is read by the next") {
    check("run.tcptrail", recorded(golden::run()));
    check("hostile.tcptrail", recorded(golden::hostile_names()));
}

TEST_CASE("every line of a table has as many tokens as its header, and no trailing blanks") {
    for (const char *style : {"", " -w", " -T", " --human", " --names"}) {
        CAPTURE(style);
        for (const auto &events : {golden::run(), golden::hostile_names()})
            check_tokens(shown(std::string("trace") + style, events), events.size());
        check_tokens(ended(std::string("life --open") + style), 12);
        check_tokens(moved(std::string("top --all") + style), 7);
        for (const auto &rows : {golden::links(), golden::hostile_links()})
            check_tokens(linked(std::string("links") + style, rows), rows.size());
    }
}

TEST_CASE("without a header the lines are the same") {
    for (const char *format : {"", " -s"}) {
        const std::string with = shown(std::string("trace") + format, golden::run());
        CHECK(with.substr(with.find('\n') + 1) ==
              shown(std::string("trace -H") + format, golden::run()));
        const std::string table = moved(std::string("top") + format);
        CHECK(table.substr(table.find('\n') + 1) == moved(std::string("top -H") + format));
    }
}

TEST_CASE("a loss is an object in JSON and nothing elsewhere, whatever the view") {
    const Loss loss{golden::start_time(), 12, "ring buffer full"};
    for (const ViewInfo &view : all_views()) {
        const auto lost = [&](const std::string &format) {
            return seen(std::string(view.name) + " -H" + format,
                        [&loss](View &made) { made.lost(loss); });
        };
        CHECK(lost(" -j") == R"({"event":"lost","time":"2026-11-20T08:46:36.123456Z",)"
                             R"("time_us":1795164396123456,"count":12,"cause":"ring buffer full"})"
                             "\n");
        CHECK(lost("").empty());
        CHECK(lost(" -s").empty());
    }
}
