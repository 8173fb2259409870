// What is open when the kernel is asked, as events of the connections they are of.
#include "catch.h"

#include <chrono>

#include "told.h"

using namespace tcptrail;
using namespace std::chrono_literals;

TEST_CASE("what is open is an event with its state and what it carried so far") {
    Told told;
    auto open = open_of(key(1, start), start + 5ms, curl);
    open.state = TcpState::close_wait;
    open.accept_wait = 1500ns;
    open.facts.in_scope = false;
    open.facts.existing = true;
    open.outcome.tx_bytes = 77;
    open.outcome.tx_before = 7;
    told << open;
    REQUIRE(told.all.size() == 1);
    const Event &event = told.all[0];
    CHECK(event.kind == EventKind::open);
    CHECK(event.time == at(start + 5ms));
    CHECK(event.state == TcpState::close_wait);
    CHECK(event.owner == curl);
    CHECK(event.accept_wait == 1us);
    CHECK(event.outcome == open.outcome);
    CHECK(event.existing);
    CHECK_FALSE(event.in_scope);
    CHECK_FALSE(event.moved.has_value());
}

TEST_CASE("a connection keeps its id from its opening over every look at it to its close") {
    Told told;
    told << connect_of(key(1, start), curl) << connect_of(key(2, start), nginx)
         << open_of(key(2, start), start + 1s, nginx) << open_of(key(1, start), start + 1s, curl)
         << open_of(key(1, start), start + 2s, curl)
         << client_close_of(key(1, start), start + 3s, curl);
    REQUIRE(told.all.size() == 6);
    CHECK(told.all[2].id == told.all[1].id);
    for (const std::size_t i : {3U, 4U, 5U})
        CHECK(told.all[i].id == told.all[0].id);
    CHECK(told.open() == 1);
}

TEST_CASE("one that was open before the start has an id from the first look at it") {
    Told told;
    told << open_of(key(1, start), start + 1s, curl)
         << client_close_of(key(1, start), start + 2s, curl)
         << open_of(key(2, start), start + 3s, curl);
    REQUIRE(told.all.size() == 3);
    CHECK(told.all[0].id == 1);
    CHECK(told.all[1].id == 1);
    CHECK(told.all[2].id == 2);
    CHECK(told.open() == 1);
}

TEST_CASE("a look at a connection does not swallow its opening") {
    Told told;
    told << open_of(key(1, start), start + 1ms, curl) << connect_of(key(1, start), curl);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[1].kind == EventKind::connect);
    CHECK(told.all[1].id == told.all[0].id);
}

TEST_CASE("the socket of another birth is another connection when it is looked at") {
    Told told;
    told << open_of(key(1, start), start + 1s, curl)
         << open_of(key(1, start + 2s), start + 3s, curl);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].id == 1);
    CHECK(told.all[1].id == 2);
    CHECK(told.open() == 1);
}

TEST_CASE("one in state CLOSE is told once and forgotten") {
    Told told;
    auto gone = open_of(key(1, start), start + 2s, curl);
    gone.state = TcpState::close;
    told << open_of(key(1, start), start + 1s, curl) << gone;
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[1].id == told.all[0].id);
    CHECK(told.all[1].state == TcpState::close);
    CHECK(told.open() == 0);
}

TEST_CASE("a look at a connection shows from the first owner that matches, and then always") {
    Told told(only("worker"));
    told << open_of(key(1, start), start + 1s, nginx) << open_of(key(1, start), start + 2s, worker)
         << open_of(key(1, start), start + 3s, nginx)
         << client_close_of(key(1, start), start + 4s, nginx);
    REQUIRE(told.all.size() == 3);
    CHECK(told.all[0].time == at(start + 2s));
    CHECK(told.all[0].id == 1);
    CHECK(told.all[2].kind == EventKind::close);
    CHECK(told.all[2].id == 1);
}

TEST_CASE("an owner that was excluded hides every later look") {
    Told told(without("worker"));
    told << open_of(key(1, start), start + 1s, nginx) << served_by(key(1, start), worker)
         << open_of(key(1, start), start + 2s, nginx)
         << client_close_of(key(1, start), start + 3s, nginx);
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].time == at(start + 1s));
}

TEST_CASE("an owner between two looks counts, though no event names it") {
    Told told(only("worker"));
    told << open_of(key(1, start), start + 1s, nginx) << served_by(key(1, start), worker)
         << open_of(key(1, start), start + 2s, nginx);
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].time == at(start + 2s));
}

TEST_CASE("what is open and of nobody known shows where nothing is listed") {
    Told plain;
    Told listed(only("*"));
    auto open = open_of(key(1, start), start + 1s, curl);
    open.facts.owner.reset();
    for (Told *told : {&plain, &listed})
        *told << open;
    CHECK(plain.all.size() == 1);
    CHECK(listed.all.empty());
}

TEST_CASE("where the kernel picks the processes, what is open and of nobody known is nobody's") {
    std::size_t told = 0;
    Connections connections({}, [&](const Event &) { told++; }, {.closes = true, .owned = true});
    auto open = open_of(key(1, start), start + 1s, curl);
    connections.take(open, wall);
    CHECK(told == 1);
    open.facts.owner.reset();
    connections.take(open, wall);
    CHECK(told == 1);
}
