// Who moved how much within each interval.
#include "catch.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shown.h"
#include "terminal.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

// Rows as ID,TX,RX of the interval.
constexpr const char *in_short = "top -H -s -o id,interval_tx_bytes,interval_rx_bytes";

Event counted(Event event, std::uint64_t tx, std::uint64_t rx) {
    event.outcome->tx_bytes = tx;
    event.outcome->rx_bytes = rx;
    return event;
}

Event open(std::uint64_t id, std::uint64_t tx, std::uint64_t rx = 0) {
    return counted(event_of(EventKind::open, id), tx, rx);
}

Event closed(std::uint64_t id, std::uint64_t tx, std::uint64_t rx = 0) {
    return counted(event_of(EventKind::close, id), tx, rx);
}

// One that was open before the start, when it had moved so much.
Event existing(Event event, std::uint64_t tx, std::uint64_t rx = 0) {
    event.existing = true;
    event.outcome->tx_before = tx;
    event.outcome->rx_before = rx;
    return event;
}

// The end of an interval: its table.
Lines table(Shown &shown) {
    shown.report();
    return shown.lines();
}

} // namespace

TEST_CASE("a new connection moved all it has, one from before what is new") {
    Shown shown(in_short);
    shown << open(1, 10, 20) << existing(open(2, 1005, 2001), 1000, 2000);
    CHECK(table(shown) == Lines{"1,10,20", "2,5,1"});
}

TEST_CASE("each interval shows what moved since the one before") {
    Shown shown(in_short);
    shown << existing(open(1, 1005, 0), 1000);
    CHECK(table(shown) == Lines{"1,5,0"});
    shown << existing(open(1, 1105, 7), 1000);
    CHECK(table(shown) == Lines{"1,100,7"});
    shown << existing(closed(1, 1106, 7), 1000);
    CHECK(table(shown) == Lines{"1,1,0"});
    CHECK(table(shown).empty());
}

TEST_CASE("one that opened and closed within the interval is a row of it") {
    Shown shown(in_short);
    shown << closed(1, 77, 1256);
    CHECK(table(shown) == Lines{"1,77,1256"});
    CHECK(table(shown).empty());
}

TEST_CASE("what moved nothing is no row, but for --all") {
    Shown shown(in_short);
    Shown all(std::string(in_short) + " --all");
    for (Shown *each : {&shown, &all})
        *each << open(1, 0) << existing(open(2, 50, 60), 50, 60);
    CHECK(table(shown).empty());
    CHECK(table(all) == Lines{"1,0,0", "2,0,0"});
}

TEST_CASE("one that is seen twice within an interval is one row with both sums") {
    Shown shown(in_short);
    shown << open(1, 10, 1) << open(1, 15, 2) << closed(1, 16, 3);
    CHECK(table(shown) == Lines{"1,16,3"});
}

TEST_CASE("a sample that is smaller than the one before moved nothing, and is not made up for") {
    Shown shown(std::string(in_short) + " --all");
    shown << open(1, 100);
    CHECK(table(shown) == Lines{"1,100,0"});
    shown << open(1, 99);
    CHECK(table(shown) == Lines{"1,0,0"});
    shown << open(1, 101);
    CHECK(table(shown) == Lines{"1,1,0"});
}

TEST_CASE("one that is missed when the kernel is asked does not count again") {
    Shown shown(in_short);
    shown << open(1, 100);
    CHECK(table(shown) == Lines{"1,100,0"});
    CHECK(table(shown).empty());
    shown << open(1, 130);
    CHECK(table(shown) == Lines{"1,30,0"});
}

TEST_CASE("one that closed unseen moved what was last known, once") {
    Shown shown(in_short);
    shown << open(1, 100);
    CHECK(table(shown) == Lines{"1,100,0"});
    Event gone = open(1, 120);
    gone.state = TcpState::close;
    shown << gone;
    CHECK(table(shown) == Lines{"1,20,0"});
    CHECK(table(shown).empty());
}

TEST_CASE("openings are no rows") {
    Shown shown(std::string(in_short) + " --all");
    shown << event_of(EventKind::connect, 1) << event_of(EventKind::accept, 2);
    CHECK(table(shown).empty());
}

TEST_CASE("the intervals of a connection sum up to what life tells of it") {
    for (const std::uint64_t before : {0U, 5000U}) {
        Shown top("top -H -s -o interval_tx_bytes");
        Shown life("life -H -s -o tx_bytes");
        std::uint64_t sum = 0;
        const auto add_table = [&] {
            for (const std::string &line : table(top))
                sum += std::stoull(line);
        };
        for (const std::uint64_t tx : {5000U, 5001U, 5001U, 9000U, 8999U, 123456U}) {
            top << existing(open(1, tx), before);
            add_table();
        }
        const Event close = existing(closed(1, 123460), before);
        top << close;
        life << close;
        add_table();
        CHECK(life.lines() == Lines{std::to_string(sum + before)});
    }
}

TEST_CASE("the busiest come first, equals in the order of their ids") {
    Shown shown(in_short);
    shown << open(4, 1, 1) << open(3, 2, 0) << open(2, 0, 9) << open(1, 5, 5);
    CHECK(table(shown) == Lines{"1,5,5", "2,0,9", "3,2,0", "4,1,1"});
}

TEST_CASE("--sort names another order, --rows how much of it is shown") {
    Shown shown("top --all -H -s -o id -S rtt_ms -r 2");
    for (const std::uint64_t id : {1U, 2U, 3U, 4U}) {
        Event event = open(id, 100 * id);
        if (id != 4)
            event.outcome->srtt = std::chrono::milliseconds(id == 2 ? 50 : id);
        shown << event;
    }
    CHECK(table(shown) == Lines{"2", "3"});
}

TEST_CASE("a row is a sample with its last state and the whole connection's bytes") {
    Shown shown("top -H -s -o event,state,tx_bytes,interval_tx_bytes");
    shown << existing(open(1, 150), 100);
    CHECK(table(shown) == Lines{"sample,ESTABLISHED,150,50"});
    shown << existing(closed(1, 160), 100);
    CHECK(table(shown) == Lines{"sample,CLOSE,160,10"});
}

TEST_CASE("the header stands once above all tables") {
    Shown shown("top -o id,interval_tx_kb");
    CHECK(shown.text() == "    ID     TX_KB\n");
    shown << open(1, 1024);
    CHECK(table(shown) == Lines{"     1      1.00"});
    shown << open(1, 3072);
    CHECK(table(shown) == Lines{"     1      2.00"});
}

TEST_CASE("the interval is a second unless another is given") {
    CHECK(Shown("top").view().interval() == 1000ms);
    CHECK(Shown("top 2.5").view().interval() == 2500ms);
}

TEST_CASE("on a terminal each table is drawn over the one before, cut to what fits") {
    const Terminal terminal(5, 12); // the sums, a header, two rows, the cursor's line
    Shown shown("top -o id,interval_tx_kb,comm", terminal.fd());
    CHECK(shown.text().empty());
    shown << open(1, 1024) << open(2, 3072) << open(3, 2048);
    shown.report();
    CHECK(shown.text() == "\x1b[?7l\x1b[H"
                          "\x1b[Kby TX+RX\r\n"
                          "\x1b[KID TX_KB\r\n"
                          "\x1b[K 2  3.00\r\n"
                          "\x1b[K 3  2.00\r\n"
                          "\x1b[J\x1b[?7h");
    terminal.resize(24, 80);
    shown << open(1, 2048);
    shown.report();
    CHECK(shown.text() == "\x1b[?7l\x1b[H"
                          "\x1b[Kby TX+RX\r\n"
                          "\x1b[KID TX_KB COMM\r\n"
                          "\x1b[K 1  1.00 curl\r\n"
                          "\x1b[J\x1b[?7h");
}

TEST_CASE("on a terminal columns are as wide as what they show, and do not shrink again") {
    const Terminal terminal(24, 80);
    Shown shown("top -o id,interval_tx_kb,lport", terminal.fd());
    shown << open(1, 1048576000);
    shown.report();
    CHECK(shown.text() == "\x1b[?7l\x1b[H"
                          "\x1b[Kby TX+RX\r\n"
                          "\x1b[KID      TX_KB LPORT\r\n"
                          "\x1b[K 1 1024000.00 50000\r\n"
                          "\x1b[J\x1b[?7h");
    shown << open(2, 1024);
    shown.report();
    CHECK(shown.text() == "\x1b[?7l\x1b[H"
                          "\x1b[Kby TX+RX\r\n"
                          "\x1b[KID      TX_KB LPORT\r\n"
                          "\x1b[K 2       1.00 50000\r\n"
                          "\x1b[J\x1b[?7h");
}

TEST_CASE("a screen of one line has room for the header only") {
    const Terminal terminal(1, 80);
    Shown shown("top -o id", terminal.fd());
    shown << open(1, 1024);
    shown.report();
    CHECK(shown.text() == "\x1b[?7l\x1b[H\x1b[KID\r\n\x1b[J\x1b[?7h");
}

TEST_CASE("on a terminal too, what is for programs or with --no-clear is only lines") {
    const Terminal terminal(24, 80);
    for (const char *line : {"top -C -H -o id", "top -j -o id", "top -s -H -o id"}) {
        CAPTURE(line);
        Shown shown(line, terminal.fd());
        shown << open(1, 1024);
        shown.report();
        const std::string text = shown.text();
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    }
}
