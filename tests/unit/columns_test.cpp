// The registry of columns, and how a run chooses from it.
#include "catch.h"

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "output/columns.h"
#include "output/formatter.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

std::vector<std::string_view> keys(const std::vector<const EventColumn *> &columns) {
    std::vector<std::string_view> found;
    for (const EventColumn *column : columns)
        found.push_back(column->column.key);
    return found;
}

Cell cell(std::string_view key, const Event &event) {
    const EventColumn *column = find_event_column(key);
    REQUIRE(column != nullptr);
    return column->cell(event);
}

bool absent(std::string_view key, const Event &event) {
    return std::holds_alternative<std::monostate>(cell(key, event));
}

Event close_event() {
    Event event;
    event.kind = EventKind::close;
    event.outcome = Outcome{.tx_bytes = 1536,
                            .rx_bytes = 5,
                            .duration = 5325us,
                            .connect = 41us,
                            .srtt = 35us,
                            .retransmits = 2,
                            .end = End::remote,
                            .error = 0};
    return event;
}

Formatter formatter(const OutputOptions &options) {
    auto made = Formatter::make(trace_layout(), options, WallTime{});
    REQUIRE(std::holds_alternative<Formatter>(made));
    return std::get<Formatter>(std::move(made));
}

std::string header(OutputOptions options) {
    if (options.format == Format::table)
        options.format = Format::csv; // keys, not titles
    if (options.columns.empty())
        for (const std::string_view key : trace_layout().keys)
            options.columns.emplace_back(key);
    std::string out;
    formatter(options).header(out);
    return out;
}

} // namespace

TEST_CASE("no two columns share a key or a title, and each says what it means") {
    std::set<std::string_view> all_keys;
    std::set<std::string_view> all_titles;
    for (const EventColumn &each : event_columns()) {
        CAPTURE(each.column.key);
        CHECK(all_keys.insert(each.column.key).second);
        CHECK(all_titles.insert(each.column.title).second);
        CHECK_FALSE(each.column.meaning.empty());
        CHECK(each.column.meaning.size() <= 80);
        CHECK(each.column.title.find(' ') == std::string_view::npos);
        CHECK(find_event_column(each.column.key) == &each);
    }
}

TEST_CASE("an unknown column is not found") {
    CHECK(find_event_column("") == nullptr);
    CHECK(find_event_column("PID") == nullptr);
    CHECK(find_event_column("pi") == nullptr);
}

TEST_CASE("a close has all keys by default, in the documented order") {
    const std::vector<std::string_view> expected{
        "event",      "time",           "time_us",  "id",          "role",
        "pid",        "comm",           "uid",      "family",      "laddr",
        "lport",      "raddr",          "rport",    "netns",       "cgroup",
        "existing",   "inferred",       "tx_bytes", "rx_bytes",    "duration_us",
        "connect_us", "accept_wait_us", "srtt_us",  "retransmits", "end",
        "error"};
    CHECK(keys(json_columns(EventKind::close)) == expected);
}

TEST_CASE("a connect has the keys up to inferred, an accept also accept_wait_us") {
    const auto connect = keys(json_columns(EventKind::connect));
    REQUIRE(connect.size() == 17);
    CHECK(connect.back() == "inferred");

    auto accept = keys(json_columns(EventKind::accept));
    REQUIRE(accept.size() == 18);
    CHECK(accept.back() == "accept_wait_us");
    accept.pop_back();
    CHECK(accept == connect);
}

TEST_CASE("every key of trace's table is a column") {
    for (const std::string_view key : trace_layout().keys)
        CHECK(find_event_column(key) != nullptr);
    for (const std::string_view key : trace_layout().wide_keys)
        CHECK(find_event_column(key) != nullptr);
}

TEST_CASE("facts of an unknown owner are absent") {
    const Event event;
    for (const char *key : {"pid", "comm", "uid", "tid", "cgroup"})
        CHECK(absent(key, event));
}

TEST_CASE("an owner that is not visible in our pid namespace has a name but no pid") {
    Event event;
    event.owner = Owner{.pid = {}, .tid = {}, .uid = 0, .comm = "curl", .cgroup = 1};
    CHECK(absent("pid", event));
    CHECK(std::get<Name>(cell("comm", event)).text == "curl");
    CHECK(std::get<std::uint64_t>(cell("uid", event)) == 0);
}

TEST_CASE("an address or port that was never chosen is absent") {
    Event event;
    CHECK(absent("laddr", event));
    CHECK(absent("lport", event));
    event.tuple.lport = 1;
    CHECK(std::get<std::uint64_t>(cell("lport", event)) == 1);
    CHECK(std::get<std::uint64_t>(cell("rport", event)) == 0);
}

TEST_CASE("an outcome's columns are absent before the close") {
    Event event;
    event.kind = EventKind::accept;
    for (const char *key : {"tx_bytes", "rx_bytes", "duration_us", "connect_us", "srtt_us",
                            "retransmits", "end", "error", "ms", "connect_ms", "rtt_ms", "tx_kb"})
        CHECK(absent(key, event));
    event.accept_wait = 7us;
    CHECK(std::get<std::uint64_t>(cell("accept_wait_us", event)) == 7);
}

TEST_CASE("table forms are the exact values rounded to two decimals") {
    Event event = close_event();
    CHECK(std::get<Fixed>(cell("tx_kb", event)) == Fixed{150, 2});
    CHECK(std::get<Fixed>(cell("rx_kb", event)) == Fixed{0, 2});
    CHECK(std::get<Fixed>(cell("ms", event)) == Fixed{533, 2});
    CHECK(std::get<Fixed>(cell("connect_ms", event)) == Fixed{4, 2});
    CHECK(std::get<Fixed>(cell("rtt_ms", event)) == Fixed{4, 2});
    event.outcome->tx_bytes = std::uint64_t{1} << 53;
    CHECK(std::get<Fixed>(cell("tx_kb", event)) == Fixed{(std::int64_t{1} << 43) * 100, 2});
    event.accept_wait = 1234us;
    CHECK(std::get<Fixed>(cell("accept_ms", event)) == Fixed{123, 2});
}

TEST_CASE("an error is a name, none is absent") {
    Event event = close_event();
    CHECK(absent("error", event));
    event.outcome->error = ECONNRESET;
    CHECK(std::get<Word>(cell("error", event)).text == "ECONNRESET");
}

TEST_CASE("a list of columns is exactly these, in its order") {
    OutputOptions options;
    options.columns = {"rport", "event", "tx_kb"};
    CHECK(header(options) == "rport,event,tx_kb\n");
}

TEST_CASE("a column named twice shows once") {
    OutputOptions options;
    options.columns = {"pid", "comm", "pid"};
    options.added = {"comm", "state"};
    CHECK(header(options) == "pid,comm,state\n");
}

TEST_CASE("-T and -t come first, unless their column has a place already") {
    OutputOptions options;
    options.time = TimeColumn::clock;
    options.columns = {"pid"};
    CHECK(header(options) == "time,pid\n");
    options.time = TimeColumn::since_start;
    CHECK(header(options) == "time_s,pid\n");
    options.columns = {"pid", "time_s"};
    CHECK(header(options) == "pid,time_s\n");
}

TEST_CASE("an unknown column is refused with the columns there are") {
    OutputOptions options;
    for (auto *list : {&options.columns, &options.added}) {
        *list = {"pid", "nope"};
        const auto made = Formatter::make(trace_layout(), options, WallTime{});
        REQUIRE(std::holds_alternative<std::string>(made));
        const auto &reason = std::get<std::string>(made);
        CHECK(reason.find("unknown column 'nope'") == 0);
        CHECK(reason.find(" accept_wait_us ") != std::string::npos);
        CHECK(reason.find('\n') == std::string::npos);
        list->clear();
    }
}
