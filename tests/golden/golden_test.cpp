// What users see, to the byte: each case is a file in expected/, written anew with
// TCPTRAIL_UPDATE_GOLDEN=1.
#include "catch.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "golden/events.h"
#include "output/formatter.h"

using namespace tcptrail;

namespace {

std::string render(const OutputOptions &options, const std::vector<Event> &events) {
    setenv("TZ", "AAA-01", 1); // an hour east of UTC, whatever zones the machine knows
    tzset();
    auto made = Formatter::make(trace_layout(), options, golden::start_time());
    REQUIRE(std::holds_alternative<Formatter>(made));
    auto &formatter = std::get<Formatter>(made);
    std::string out;
    formatter.header(out);
    for (const Event &event : events)
        formatter.line(out, event);
    return out;
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

OutputOptions in(Format format) {
    OutputOptions options;
    options.format = format;
    return options;
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

} // namespace

TEST_CASE("the table shows who, whereto and how it ended") {
    check("table.txt", render({}, golden::run()));
}

TEST_CASE("the wide table has room for IPv6 and says more") {
    OutputOptions options;
    options.wide = true;
    check("wide.txt", render(options, golden::run()));
}

TEST_CASE("-T puts the local time first") {
    OutputOptions options;
    options.time = TimeColumn::clock;
    check("clock.txt", render(options, golden::run()));
}

TEST_CASE("-t puts the seconds since the start first") {
    OutputOptions options;
    options.time = TimeColumn::since_start;
    check("since_start.txt", render(options, golden::run()));
}

TEST_CASE("-o is exactly the columns asked for, in every format") {
    OutputOptions options;
    options.columns = {"raddr", "event", "tid", "tx_kb", "rx_kb", "state", "inferred", "existing"};
    check("columns.txt", render(options, golden::run()));
    options.format = Format::json;
    check("columns.json", render(options, golden::run()));
    options.format = Format::csv;
    check("columns.csv", render(options, golden::run()));
}

TEST_CASE("-o with a plus adds to what a view shows") {
    OutputOptions options;
    options.added = {"tid", "srtt_us"};
    check("added.txt", render(options, golden::run()));
    options.format = Format::json;
    check("added.json", render(options, golden::run()));
}

TEST_CASE("JSON is one object a line with the documented keys") {
    check("run.json", render(in(Format::json), golden::run()));
}

TEST_CASE("CSV has the JSON keys as its header") {
    check("run.csv", render(in(Format::csv), golden::run()));
}

TEST_CASE("-t adds its column at the end of JSON") {
    OutputOptions options = in(Format::json);
    options.time = TimeColumn::since_start;
    check("since_start.json", render(options, golden::run()));
}

TEST_CASE("no name breaks a reader") {
    check("hostile.txt", render({}, golden::hostile_names()));
    check("hostile.json", render(in(Format::json), golden::hostile_names()));
    OutputOptions options = in(Format::csv);
    options.columns = {"pid", "comm", "raddr"};
    check("hostile.csv", render(options, golden::hostile_names()));
}

TEST_CASE("every line of a table has as many tokens as its header, and no trailing blanks") {
    OutputOptions options;
    for (const bool wide : {false, true}) {
        options.wide = wide;
        for (const auto &events : {golden::run(), golden::hostile_names()}) {
            const auto lines = lines_of(render(options, events));
            REQUIRE(lines.size() == events.size() + 1);
            for (const std::string &line : lines) {
                CAPTURE(line);
                CHECK(tokens_of(line) == tokens_of(lines.front()));
                CHECK(line.back() != ' ');
            }
        }
    }
}

TEST_CASE("without a header the lines are the same") {
    for (const Format format : {Format::table, Format::csv}) {
        OutputOptions options = in(format);
        const std::string with = render(options, golden::run());
        options.header = false;
        CHECK(with.substr(with.find('\n') + 1) == render(options, golden::run()));
    }
}

TEST_CASE("a loss is an object in JSON and nothing elsewhere") {
    const Loss loss{golden::start_time(), 12, "ring buffer full"};
    for (const Format format : {Format::table, Format::json, Format::csv}) {
        const auto made = Formatter::make(trace_layout(), in(format), golden::start_time());
        REQUIRE(std::holds_alternative<Formatter>(made));
        std::string out;
        std::get<Formatter>(made).lost(out, loss);
        if (format == Format::json)
            CHECK(out == R"({"event":"lost","time":"2026-11-20T08:46:36.123456Z",)"
                         R"("time_us":1795164396123456,"count":12,"cause":"ring buffer full"})"
                         "\n");
        else
            CHECK(out.empty());
    }
}
