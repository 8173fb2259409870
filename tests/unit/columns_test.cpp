// The registry of columns, and how a run chooses from it.
#include "catch.h"

#include <cerrno>
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

template <typename Row> std::vector<std::string_view> json_keys(std::size_t kind) {
    std::vector<std::string_view> found;
    for (const RowColumn<Row> *column : json_columns<Row>(kind))
        found.push_back(column->column.key);
    return found;
}

std::vector<std::string_view> json_keys(EventKind kind) {
    return json_keys<Event>(static_cast<std::size_t>(kind));
}

template <typename Row> Cell cell(std::string_view key, const Row &row) {
    const RowColumn<Row> *column = find_column<Row>(key);
    REQUIRE(column != nullptr);
    return column->cell(row);
}

template <typename Row> bool absent(std::string_view key, const Row &row) {
    return std::holds_alternative<std::monostate>(cell(key, row));
}

// Keys are unique and understood by find_column, titles are tokens, meanings fit a line of help.
template <typename Row> void check_registry() {
    std::set<std::string_view> keys;
    for (const RowColumn<Row> &each : columns_of<Row>()) {
        CAPTURE(each.column.key);
        CHECK(keys.insert(each.column.key).second);
        CHECK_FALSE(each.column.title.empty());
        CHECK(each.column.title.find(' ') == std::string_view::npos);
        CHECK_FALSE(each.column.meaning.empty());
        CHECK(each.column.meaning.size() <= 80);
        CHECK(each.column.width <= each.column.wide_width);
        CHECK(find_column<Row>(each.column.key) == &each);
    }
}

// A layout's columns exist, and no two of them have the same title.
template <typename Row> void check_layout(const TableLayout &layout) {
    std::set<std::string_view> titles;
    for (const auto &keys : {layout.keys, layout.wide_keys}) {
        for (const std::string_view key : keys) {
            CAPTURE(key);
            REQUIRE(find_column<Row>(key) != nullptr);
            CHECK(titles.insert(find_column<Row>(key)->column.title).second);
        }
    }
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

Formatter<Event> formatter(const OutputOptions &options) {
    auto made = Formatter<Event>::make(trace_layout({}), options, WallTime{}, nullptr);
    REQUIRE(std::holds_alternative<Formatter<Event>>(made));
    return std::get<Formatter<Event>>(std::move(made));
}

std::string header(OutputOptions options) {
    if (options.format == Format::table)
        options.format = Format::csv; // keys, not titles
    if (options.columns.empty())
        for (const std::string_view key : trace_layout({}).keys)
            options.columns.emplace_back(key);
    std::string out;
    formatter(options).header(out);
    return out;
}

} // namespace

TEST_CASE("no two columns share a key, and each says what it means") {
    check_registry<Event>();
    check_registry<LinkRow>();
}

TEST_CASE("no two columns of a table share a title") {
    check_layout<Event>(trace_layout({}));
    check_layout<Event>(life_layout({}));
    check_layout<Event>(top_layout({}));
    check_layout<LinkRow>(links_layout({}));
}

TEST_CASE("an unknown column is not found") {
    CHECK(find_column<Event>("") == nullptr);
    CHECK(find_column<Event>("PID") == nullptr);
    CHECK(find_column<Event>("pi") == nullptr);
    CHECK(find_column<Event>("client") == nullptr);
    CHECK(find_column<LinkRow>("pid") == nullptr);
}

TEST_CASE("a close has all keys by default, in the documented order") {
    const std::vector<std::string_view> expected{
        "event",      "time",           "time_us",  "id",          "role",
        "pid",        "comm",           "uid",      "family",      "laddr",
        "lport",      "raddr",          "rport",    "netns",       "cgroup",
        "existing",   "inferred",       "tx_bytes", "rx_bytes",    "duration_us",
        "connect_us", "accept_wait_us", "srtt_us",  "retransmits", "end",
        "error"};
    CHECK(json_keys(EventKind::close) == expected);
}

TEST_CASE("a connect has the keys up to inferred, an accept also accept_wait_us") {
    const auto connect = json_keys(EventKind::connect);
    REQUIRE(connect.size() == 17);
    CHECK(connect.back() == "inferred");

    auto accept = json_keys(EventKind::accept);
    REQUIRE(accept.size() == 18);
    CHECK(accept.back() == "accept_wait_us");
    accept.pop_back();
    CHECK(accept == connect);
}

TEST_CASE("what is open has the keys of a close and its state, a sample what moved as well") {
    auto expected = json_keys(EventKind::close);
    expected.emplace_back("state");
    CHECK(json_keys(EventKind::open) == expected);
    expected.emplace_back("interval_tx_bytes");
    expected.emplace_back("interval_rx_bytes");
    CHECK(json_keys(EventKind::sample) == expected);
}

TEST_CASE("a link has all its exact keys by default, in the documented order") {
    const std::vector<std::string_view> expected{
        "event",       "time",  "time_us", "client",      "client_comm", "server",   "server_port",
        "server_comm", "netns", "open",    "connections", "failed",      "tx_bytes", "rx_bytes"};
    CHECK(json_keys<LinkRow>(0) == expected);
}

TEST_CASE("CSV has the keys of the kind of row that a view has most of") {
    const auto kind = [](EventKind one) { return static_cast<std::size_t>(one); };
    Options options;
    CHECK(trace_layout(options).csv_kind == kind(EventKind::close));
    CHECK(life_layout(options).csv_kind == kind(EventKind::close));
    CHECK(top_layout(options).csv_kind == kind(EventKind::sample));
    options.open = true;
    CHECK(life_layout(options).csv_kind == kind(EventKind::open));
}

TEST_CASE("what moved is absent but in a sample") {
    Event event = close_event();
    for (const char *key :
         {"interval_tx_bytes", "interval_rx_bytes", "interval_tx_kb", "interval_rx_kb"})
        CHECK(absent(key, event));
    event.moved = Moved{.tx_bytes = 1024, .rx_bytes = 7};
    CHECK(std::get<Bytes>(cell("interval_tx_bytes", event)).count == 1024);
    CHECK_FALSE(std::get<Bytes>(cell("interval_tx_bytes", event)).in_kib);
    CHECK(std::get<Bytes>(cell("interval_rx_kb", event)).count == 7);
    CHECK(std::get<Bytes>(cell("interval_rx_kb", event)).in_kib);
}

TEST_CASE("what is not known of a link is absent, a count of nothing is 0") {
    const LinkRow row;
    for (const char *key :
         {"client", "client_comm", "server", "server_port", "server_comm", "netns"})
        CHECK(absent(key, row));
    for (const char *key : {"open", "connections", "failed"})
        CHECK(std::get<std::uint64_t>(cell(key, row)) == 0);
}

TEST_CASE("the links that were folded into one have `other` for a client") {
    LinkRow row;
    row.other = true;
    CHECK(std::get<Word>(cell("client", row)).text == "other");
    CHECK(absent("server", row));
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
    CHECK(std::get<Port>(cell("lport", event)).number == 1);
    CHECK(std::get<Port>(cell("rport", event)).number == 0);
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
    const auto kb = [&event](std::string_view key) {
        const auto bytes = std::get<Bytes>(cell(key, event));
        CHECK(bytes.in_kib);
        return kibibytes(bytes.count);
    };
    CHECK(kb("tx_kb") == Fixed{150, 2});
    CHECK(kb("rx_kb") == Fixed{0, 2});
    CHECK(std::get<Fixed>(cell("ms", event)) == Fixed{533, 2});
    CHECK(std::get<Fixed>(cell("age_ms", event)) == Fixed{533, 2});
    CHECK(std::get<Fixed>(cell("connect_ms", event)) == Fixed{4, 2});
    CHECK(std::get<Fixed>(cell("rtt_ms", event)) == Fixed{4, 2});
    event.outcome->tx_bytes = std::uint64_t{1} << 53;
    CHECK(kb("tx_kb") == Fixed{(std::int64_t{1} << 43) * 100, 2});
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
        const auto made = Formatter<Event>::make(trace_layout({}), options, WallTime{}, nullptr);
        REQUIRE(std::holds_alternative<std::string>(made));
        const auto &reason = std::get<std::string>(made);
        CHECK(reason.find("unknown column 'nope'") == 0);
        CHECK(reason.find(" accept_wait_us ") != std::string::npos);
        CHECK(reason.find('\n') == std::string::npos);
        list->clear();
    }
}
