// Which events are a line of trace and of life.
#include "catch.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "shown.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Event closed(std::uint64_t id, End end) {
    Event event = event_of(EventKind::close, id);
    event.outcome->end = end;
    return event;
}

Event connected_in(std::uint64_t id, std::optional<std::chrono::microseconds> handshake) {
    Event event = event_of(EventKind::close, id);
    event.outcome->connect = handshake;
    return event;
}

Event existing(Event event) {
    event.existing = true;
    return event;
}

// One event of each kind, the id is the kind's number.
Lines kinds_shown(const std::string &view) {
    Shown shown(view + " -H -o event");
    for (const EventKind kind :
         {EventKind::connect, EventKind::accept, EventKind::close, EventKind::open})
        shown << event_of(kind, 1);
    return shown.lines();
}

// The ends that are shown, of one close for each there is.
Lines ends_shown(const std::string &view) {
    Shown shown(view + " -H -o end");
    for (unsigned end = 0; end <= static_cast<unsigned>(End::open); ++end)
        shown << closed(end + 1, static_cast<End>(end));
    return shown.lines();
}

} // namespace

TEST_CASE("a view begins with its header, once") {
    CHECK(Shown("trace -o pid,comm").text() == "    PID COMM\n");
    CHECK(Shown("life -s -o pid,comm").text() == "pid,comm\n");
    CHECK(Shown("life -H").text().empty());
    CHECK(Shown("trace -j").text().empty());
}

TEST_CASE("trace shows what happens, life what ended") {
    CHECK(kinds_shown("trace") == Lines{"connect", "accept", "close"});
    CHECK(kinds_shown("life") == Lines{"close"});
    CHECK(kinds_shown("life --open") == Lines{"close", "open"});
}

TEST_CASE("trace shows only the events that are asked for") {
    CHECK(kinds_shown("trace -e connect") == Lines{"connect"});
    CHECK(kinds_shown("trace -e ^connect") == Lines{"accept", "close"});
    CHECK(kinds_shown("trace -x -e close").empty()); // it ended in order
}

TEST_CASE("-x shows what was never established or ended by a reset or an error") {
    const Lines failed{"local-reset", "remote-reset", "refused", "timeout",
                       "unreachable", "aborted",      "failed",  "unaccepted"};
    for (const char *view : {"trace -x", "life -x", "life -x --open"}) {
        CAPTURE(view);
        CHECK(ends_shown(view) == failed);
    }
    CHECK(ends_shown("life").size() == failed.size() + 3);
}

TEST_CASE("-x shows no openings and nothing that goes on") {
    CHECK(kinds_shown("trace -x").empty());
    CHECK(kinds_shown("life -x --open").empty());
}

TEST_CASE("--slower shows clients whose handshake took at least as long") {
    for (const char *view : {"trace", "life"}) {
        Shown shown(std::string(view) + " --slower 20 -H -s -o id");
        shown << connected_in(1, 19999us) << connected_in(2, 20ms) << connected_in(3, 1min)
              << connected_in(4, {});
        CHECK(shown.lines() == Lines{"2", "3"});
    }
}

TEST_CASE("--slower 0 leaves out only what had no handshake of ours") {
    Shown shown("life --slower 0 -H -s -o id");
    shown << connected_in(1, 0us) << connected_in(2, {});
    CHECK(shown.lines() == Lines{"1"});
}

TEST_CASE("--slower knows the handshake of what is open") {
    Shown shown("life --open --slower 20 -H -s -o id");
    for (const auto handshake : {10ms, 30ms}) {
        Event event = event_of(EventKind::open, static_cast<std::uint64_t>(handshake.count()));
        event.outcome->connect = handshake;
        shown << event;
    }
    CHECK(shown.lines() == Lines{"30"});
}

TEST_CASE("--failed and --slower are and-ed") {
    Shown shown("life -x --slower 20 -H -s -o id");
    Event slow = connected_in(1, 30ms);
    Event reset = closed(2, End::remote_reset);
    Event both = closed(3, End::remote_reset);
    both.outcome->connect = 30ms;
    shown << slow << reset << both;
    CHECK(shown.lines() == Lines{"3"});
}

TEST_CASE("--no-existing ignores what was open before the start") {
    for (const std::string view : {"trace", "life --open"}) {
        for (const bool ignored : {false, true}) {
            CAPTURE(view, ignored);
            Shown shown(view + (ignored ? " --no-existing" : "") + " -H -s -o id");
            shown << existing(event_of(EventKind::close, 1)) << event_of(EventKind::close, 2);
            CHECK(shown.lines() == (ignored ? Lines{"2"} : Lines{"1", "2"}));
        }
    }
}

TEST_CASE("life --open does not show as open what closed unseen") {
    Shown shown("life --open -H -s -o id");
    Event lost = event_of(EventKind::open, 1);
    lost.state = TcpState::close;
    Event hanging = event_of(EventKind::open, 2);
    hanging.state = TcpState::syn_sent;
    shown << lost << hanging;
    CHECK(shown.lines() == Lines{"2"});
}

TEST_CASE("lines have no interval") {
    CHECK_FALSE(Shown("trace").view().interval());
    CHECK_FALSE(Shown("life --open").view().interval());
}
