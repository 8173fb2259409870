// Records -> events: ids, accepts that come late, owner filters that stick.
#include "catch.h"

#include <cerrno>
#include <chrono>
#include <vector>

#include "told.h"

using namespace tcptrail;
using namespace std::chrono_literals;

TEST_CASE("a connect tells who opened what, and when by the wall clock") {
    Told told;
    told << connect_of(key(1, start), curl);
    REQUIRE(told.all.size() == 1);
    const Event &event = told.all[0];
    CHECK(event.kind == EventKind::connect);
    CHECK(event.time == at(start));
    CHECK(event.role == Role::client);
    CHECK(event.state == TcpState::syn_sent);
    CHECK(event.owner == curl);
    CHECK(event.tuple == facts_of(Role::client, 50000, 80).tuple);
    CHECK(event.netns == 4026531840);
    CHECK_FALSE(event.outcome.has_value());
}

TEST_CASE("ids count from 1 and are the same on all events of a connection") {
    Told told;
    told << connect_of(key(1, start), curl) << accept_of(key(2, start), start + 1ms, nginx)
         << client_close_of(key(1, start), start + 2ms, curl)
         << close_of(key(2, start), start + 3ms, Role::server)
         << connect_of(key(3, start + 4ms), curl);
    REQUIRE(told.all.size() == 5);
    CHECK(told.all[0].id == 1);
    CHECK(told.all[1].id == 2);
    CHECK(told.all[2].id == 1);
    CHECK(told.all[3].id == 2);
    CHECK(told.all[4].id == 3);
    CHECK(told.open() == 1);
}

TEST_CASE("a close of a connection that was open before has an id of its own") {
    Told told;
    auto close = client_close_of(key(1, start), start, curl);
    close.facts.existing = true;
    close.facts.role_inferred = true;
    told << close << connect_of(key(2, start), curl);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].id == 1);
    CHECK(told.all[0].existing);
    CHECK(told.all[0].role_inferred);
    CHECK(told.all[1].id == 2);
}

TEST_CASE("a close has the outcome of its record") {
    Told told;
    auto close = client_close_of(key(1, start), start + 5ms, curl);
    close.outcome = {.tx_bytes = 77,
                     .rx_bytes = 1256,
                     .duration = 5321us,
                     .connect = 41us,
                     .srtt = 35us,
                     .retransmits = 2,
                     .end = End::remote,
                     .error = 0};
    told << connect_of(key(1, start), curl) << close;
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[1].kind == EventKind::close);
    CHECK(told.all[1].state == TcpState::close);
    CHECK(told.all[1].time == at(start + 5ms));
    CHECK(told.all[1].outcome == close.outcome);
    CHECK(told.open() == 0);
}

TEST_CASE("a connect that is told twice is one event") {
    Told told;
    told << connect_of(key(1, start), curl) << connect_of(key(1, start), curl);
    CHECK(told.all.size() == 1);
}

TEST_CASE("a socket that is used again with another birth is another connection") {
    Told told;
    told << connect_of(key(1, start), curl) << connect_of(key(1, start + 1ms), nginx)
         << client_close_of(key(1, start + 1ms), start + 2ms, nginx);
    REQUIRE(told.all.size() == 3);
    CHECK(told.all[1].id == 2);
    CHECK(told.all[2].id == 2);
    CHECK(told.all[2].owner == nginx);
}

TEST_CASE("a close of another birth leaves the connection that is open alone") {
    Told told;
    told << connect_of(key(1, start + 1ms), curl) << client_close_of(key(1, start), start, nginx)
         << client_close_of(key(1, start + 1ms), start + 2ms, curl);
    REQUIRE(told.all.size() == 3);
    CHECK(told.all[1].id == 2);
    CHECK(told.all[2].id == 1);
}

TEST_CASE("an accept says how long it waited and what state it found") {
    Told told;
    auto accept = accept_of(key(1, start), start + 1ms, nginx);
    accept.wait = 1500ns;
    accept.state = TcpState::close_wait;
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = nginx;
    told << accept << close;
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].kind == EventKind::accept);
    CHECK(told.all[0].state == TcpState::close_wait);
    CHECK(told.all[0].accept_wait == 1us);
    CHECK(told.all[1].accept_wait == 1us);
}

TEST_CASE("a close that raced with its accept has the owner of the accept") {
    Told told;
    told << accept_of(key(1, start), start + 1ms, nginx) << queued_close_of(key(1, start), start);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[1].kind == EventKind::close);
    CHECK(told.all[1].owner == nginx);
    CHECK(told.all[1].id == told.all[0].id);
    CHECK_FALSE(told.waiting());
}

TEST_CASE("a close in the accept queue waits, and is told after its accept") {
    Told told;
    told << queued_close_of(key(1, start), start + 1ms);
    CHECK(told.all.empty());
    CHECK(told.waiting());
    told.expire(start + 900ms);
    told << late_accept_of(1, start + 901ms, nginx);
    REQUIRE(told.all.size() == 2);
    CHECK_FALSE(told.waiting());
    CHECK(told.all[0].kind == EventKind::accept);
    CHECK(told.all[0].state == TcpState::close);
    CHECK(told.all[0].time == at(start + 901ms));
    CHECK(told.all[0].accept_wait == 901ms);
    CHECK(told.all[1].kind == EventKind::close);
    CHECK(told.all[1].time == at(start + 1ms));
    CHECK(told.all[1].accept_wait == 901ms);
    for (const Event &event : told.all) {
        CHECK(event.owner == nginx);
        CHECK(event.id == 1);
    }
}

TEST_CASE("a late accept that knows the birth of its connection finds the close as well") {
    Told told;
    told << queued_close_of(key(1, start), start + 1ms)
         << accept_of(key(1, start), start + 2ms, nginx);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].kind == EventKind::accept);
    CHECK(told.all[1].owner == nginx);
    CHECK(told.open() == 0);
}

TEST_CASE("an accept takes only the close of its own socket, birth and tuple") {
    Told told;
    told << queued_close_of(key(1, start), start);
    auto other = late_accept_of(1, start + 1ms, nginx);
    other.facts.tuple.rport = 50001;
    told << other;
    told << late_accept_of(2, start + 1ms, nginx);
    told << accept_of(key(1, start + 1ms), start + 2ms, nginx);
    REQUIRE(told.all.size() == 3);
    for (const Event &event : told.all)
        CHECK(event.kind == EventKind::accept);
    CHECK(told.waiting());
}

TEST_CASE("a close that no accept claims within a second is told without owner") {
    Told told;
    told << queued_close_of(key(1, start), start);
    told.expire(start + accept_grace - 1ns);
    CHECK(told.all.empty());
    told.expire(start + accept_grace);
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].kind == EventKind::close);
    CHECK(told.all[0].time == at(start));
    CHECK_FALSE(told.all[0].owner.has_value());
    CHECK_FALSE(told.waiting());
}

TEST_CASE("closes expire in turn") {
    Told told;
    told << queued_close_of(key(1, start), start) << queued_close_of(key(2, start), start + 500ms);
    told.expire(start + 1200ms);
    CHECK(told.all.size() == 1);
    CHECK(told.waiting());
    told.expire(start + 1500ms);
    CHECK(told.all.size() == 2);
}

TEST_CASE("an accept after the second has the id of its close") {
    Told told;
    told << queued_close_of(key(1, start), start) << connect_of(key(2, start), curl);
    told.expire(start + accept_grace);
    told << late_accept_of(1, start + accept_grace + 1ms, nginx);
    REQUIRE(told.all.size() == 3);
    CHECK(told.all[2].kind == EventKind::accept);
    CHECK(told.all[2].id == told.all[1].id);
}

TEST_CASE("at the end what waits is told at once") {
    Told told;
    told << queued_close_of(key(1, start), start) << queued_close_of(key(2, start), start);
    told.end();
    CHECK(told.all.size() == 2);
    CHECK_FALSE(told.waiting());
}

TEST_CASE("a close whose listener closed first waits for nobody") {
    Told told;
    auto close = queued_close_of(key(1, start), start);
    close.outcome.end = End::unaccepted;
    told << close;
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].outcome->end == End::unaccepted);
    CHECK_FALSE(told.all[0].owner.has_value());
}

TEST_CASE("a failed connect is one close with its errno and no connect") {
    Told told;
    FailedRecord record{
        .time = start, .facts = facts_of(Role::client, 0, 80), .error = ENETUNREACH};
    record.facts.tuple.laddr.reset();
    record.facts.owner = curl;
    told << record << record;
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].kind == EventKind::close);
    CHECK(told.all[0].owner == curl);
    CHECK(told.all[0].outcome->end == End::failed);
    CHECK(told.all[0].outcome->error == ENETUNREACH);
    CHECK_FALSE(told.all[0].tuple.laddr.has_value());
    CHECK(told.all[0].id == 1);
    CHECK(told.all[1].id == 2);
    CHECK(told.open() == 0);
}

TEST_CASE("what is listed shows, and its ids count only what shows") {
    Told told(only("curl"));
    told << connect_of(key(1, start), nginx) << connect_of(key(2, start), curl)
         << client_close_of(key(1, start), start, nginx)
         << client_close_of(key(2, start), start, curl);
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[0].id == 1);
    CHECK(told.all[1].id == 1);
    CHECK(told.all[1].kind == EventKind::close);
}

TEST_CASE("a connection shows from the first owner that matches") {
    Told told(only("worker"));
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = worker;
    told << accept_of(key(1, start), start + 1ms, nginx) << close;
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].kind == EventKind::close);
    CHECK(told.all[0].id == 1);
}

TEST_CASE("a match stays when another process serves the connection") {
    Told told(only("nginx"));
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = worker;
    told << accept_of(key(1, start), start + 1ms, nginx) << close;
    REQUIRE(told.all.size() == 2);
    CHECK(told.all[1].owner == worker);
}

TEST_CASE("an owner between accept and close counts, though no event names it") {
    Told listed(only("worker"));
    Told excluded(without("worker"));
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = nginx;
    for (Told *told : {&listed, &excluded})
        *told << accept_of(key(1, start), start + 1ms, nginx) << served_by(key(1, start), worker)
              << close;
    REQUIRE(listed.all.size() == 1);
    CHECK(listed.all[0].kind == EventKind::close);
    REQUIRE(excluded.all.size() == 1);
    CHECK(excluded.all[0].kind == EventKind::accept);
}

TEST_CASE("an owner change of a connection that was open before counts for its close") {
    Told told(only("worker"));
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = nginx;
    told << served_by(key(1, start), worker) << close;
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].id == 1);
    CHECK(told.open() == 0);
}

TEST_CASE("an owner change that overtakes the connect does not swallow it") {
    Told told(without("sshd"));
    told << served_by(key(1, start), worker) << connect_of(key(1, start), curl);
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].kind == EventKind::connect);
}

TEST_CASE("an excluded owner hides all that follows") {
    Told told(without("worker"));
    auto close = close_of(key(1, start), start + 2ms, Role::server);
    close.facts.owner = worker;
    told << accept_of(key(1, start), start + 1ms, nginx) << close
         << connect_of(key(2, start), worker) << client_close_of(key(2, start), start, curl);
    REQUIRE(told.all.size() == 1);
    CHECK(told.all[0].kind == EventKind::accept);
}

TEST_CASE("a verdict does not pass to the next connection of the same socket") {
    Told told(only("curl"));
    told << connect_of(key(1, start), curl) << connect_of(key(1, start + 1ms), nginx)
         << client_close_of(key(1, start + 1ms), start + 2ms, nginx);
    CHECK(told.all.size() == 1);
}

TEST_CASE("a close of nobody known shows only where nothing is listed") {
    Told listed(only("*"));
    Told excluded(without("sshd"));
    for (Told *told : {&listed, &excluded}) {
        *told << queued_close_of(key(1, start), start);
        told->end();
    }
    CHECK(listed.all.empty());
    CHECK(excluded.all.size() == 1);
}

TEST_CASE("a close that waited passes the filter by the owner of its accept") {
    Told told(only("nginx"));
    told << queued_close_of(key(1, start), start) << late_accept_of(1, start + 1ms, nginx);
    CHECK(told.all.size() == 2);
}

TEST_CASE("a socket that is shared or waits for its port is no event") {
    Told told;
    told << SharedRecord{.key = key(1, start)} << SynRecord{.key = key(2, start)};
    CHECK(told.all.empty());
    CHECK(told.open() == 0);
}

TEST_CASE("where the kernel picks the processes, what nobody accepted is nobody's") {
    std::vector<Event> all;
    Connections connections({}, [&](const Event &event) { all.push_back(event); },
                            {.closes = true, .owned = true});
    connections.take(queued_close_of(key(1, start), start), wall);
    connections.take(queued_close_of(key(2, start), start), wall);
    connections.take(late_accept_of(2, start + 1ms, nginx), wall);
    connections.expire(start + accept_grace, wall);
    REQUIRE(all.size() == 2);
    CHECK(all[0].kind == EventKind::accept);
    CHECK(all[1].kind == EventKind::close);
    CHECK(all[1].owner == nginx);
}

TEST_CASE("without closes nothing is remembered of a connection") {
    std::size_t told = 0;
    Connections connections({}, [&](const Event &) { told++; }, {.closes = false, .owned = false});
    connections.take(connect_of(key(1, start), curl), wall);
    connections.take(connect_of(key(2, start), curl), wall);
    CHECK(told == 2);
    CHECK(connections.open() == 0);
}
