// The line above a table on a screen.
#include "catch.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "output/summary.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

Summary full() {
    Summary summary;
    summary.tx_bytes = 1258291;
    summary.rx_bytes = 77;
    summary.open = 34;
    summary.opened = Fixed{.value = 125, .decimals = 1};
    summary.closed = Fixed{.value = 0, .decimals = 1};
    return summary;
}

} // namespace

TEST_CASE("the line tells bytes, connections and the order, and the hint at its end") {
    CHECK(summary_line(full(), "TX_KB", "? help", 80) ==
          "TX 1.2M/s  RX   77/s   34 open  12.5 opened/s   0.0 closed/s  by TX_KB    ? help");
}

TEST_CASE("what is not known is not told") {
    CHECK(summary_line({}, "PID", "", 80) == "by PID");
    Summary summary = full();
    summary.open.reset();
    summary.opened.reset();
    CHECK(summary_line(summary, "PID", "", 80) == "TX 1.2M/s  RX   77/s   0.0 closed/s  by PID");
}

TEST_CASE("in a narrow line the hint goes first, then items from the right, the order stays") {
    CHECK(summary_line(full(), "PID", "? help", 75) ==
          "TX 1.2M/s  RX   77/s   34 open  12.5 opened/s   0.0 closed/s  by PID");
    CHECK(summary_line(full(), "TX+RX", "? help", 40) ==
          "TX 1.2M/s  RX   77/s   34 open  by TX+RX");
    CHECK(summary_line(full(), "PID", "", 30) == "TX 1.2M/s  RX   77/s  by PID");
    CHECK(summary_line(full(), "PID", "", 3) == "by PID");
}

TEST_CASE("no line is longer than its room, if the order fits") {
    for (std::size_t room = 8; room < 120; ++room) {
        CAPTURE(room);
        CHECK(summary_line(full(), "TX+RX", "? help", room).size() <= room);
    }
}

TEST_CASE("a rate is by the time that has passed, and none where none has") {
    CHECK(per_second(3, 2s) == Fixed{.value = 15, .decimals = 1});
    CHECK(per_second(1, 3s) == Fixed{.value = 3, .decimals = 1});
    CHECK(bytes_per_second(1000, 500ms) == 2000U);
    for (const auto time : {0ns, -1ns}) {
        CHECK_FALSE(per_second(1, time));
        CHECK_FALSE(bytes_per_second(1, time));
    }
}

TEST_CASE("help fits in a window of 40 by 10, and tells only of what the line has") {
    std::string all;
    append_help(all, full(), 100);
    CHECK(std::count(all.begin(), all.end(), '\n') == 8);
    for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1)
        CHECK(all.find('\n', at) - at <= 40);
    std::string some;
    Summary summary = full();
    summary.open.reset();
    summary.opened.reset();
    append_help(some, summary, 100);
    CHECK(some.find("open") == std::string::npos);
    CHECK(some.find("closed          connections a second\n") != std::string::npos);
    std::string cut;
    append_help(cut, full(), 1);
    CHECK(cut == "q  quit, as Ctrl-C does\n");
}
