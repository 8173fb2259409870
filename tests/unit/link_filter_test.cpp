// Filters of links: on whole connections, from the view of either end that is here.
#include "catch.h"

#include <vector>

#include "flow/links.h"
#include "link_samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

const Flow flow;
const Socket curl = client_of(flow, 1);
const Socket nginx = server_of(flow, 2);

LinkFilter of_owners(OwnerFilter owners) {
    LinkFilter filter;
    filter.owners = std::move(owners);
    return filter;
}

LinkFilter of_comms(std::vector<Rule<std::string>> comms) {
    return of_owners({.pids = {}, .comms = std::move(comms), .uids = {}});
}

LinkFilter of_lports(std::vector<Rule<PortRange>> rules) {
    LinkFilter filter;
    filter.lports = std::move(rules);
    return filter;
}

LinkFilter of_rports(std::vector<Rule<PortRange>> rules) {
    LinkFilter filter;
    filter.rports = std::move(rules);
    return filter;
}

LinkFilter of_role(Role role) {
    LinkFilter filter;
    filter.role = role;
    return filter;
}

Rule<PortRange> port(std::uint16_t number, bool exclude = false) {
    return {{number, number}, exclude};
}

// Whether these sockets' connection shows, while it is open and after.
bool shows(const LinkFilter &filter, const std::vector<Socket> &sockets) {
    Links links(filter, 10);
    for (const Socket &socket : sockets)
        links.take(socket.open(1, 1));
    const bool open = !links.rows(link_start).empty();
    for (const Socket &socket : sockets)
        links.take(socket.close(1, 1));
    links.expire(link_start, true);
    CHECK(links.rows(link_start).empty() != open);
    return open;
}

bool spill_shows(const LinkFilter &filter, const std::vector<Spill> &spills) {
    Links links(filter, 10);
    links.set_spills(spills);
    return !links.rows(link_start).empty();
}

} // namespace

TEST_CASE("a link shows if either end's owner matches") {
    CHECK(shows(of_comms({{"curl"}}), {curl, nginx}));
    CHECK(shows(of_comms({{"ngin*"}}), {curl, nginx}));
    CHECK_FALSE(shows(of_comms({{"wget"}}), {curl, nginx}));
    CHECK_FALSE(shows(of_comms({{"nginx"}}), {curl}));
}

TEST_CASE("the end that does not match is named all the same") {
    Links links(of_comms({{"curl"}}), 10);
    links.take(nginx.close(1, 1));
    links.take(curl.close(1, 1));
    REQUIRE(links.rows(link_start).size() == 1);
    CHECK(links.rows(link_start)[0].server_comm == "nginx");
}

TEST_CASE("a process and a name must both match on one owner") {
    const OwnerFilter one{.pids = {{10}}, .comms = {{"curl"}}, .uids = {}};
    const OwnerFilter crossed{.pids = {{10}}, .comms = {{"nginx"}}, .uids = {}};
    CHECK(shows(of_owners(one), {curl, nginx}));
    CHECK_FALSE(shows(of_owners(crossed), {curl, nginx}));
}

TEST_CASE("either end's excluded owner vetoes the link") {
    CHECK_FALSE(shows(of_comms({{"nginx", true}}), {curl, nginx}));
    CHECK_FALSE(shows(of_comms({{"curl"}, {"nginx", true}}), {curl, nginx}));
    CHECK(shows(of_comms({{"wget", true}}), {curl, nginx}));
}

TEST_CASE("an owner that matched once counts for good") {
    Links links(of_comms({{"curl"}}), 10);
    links.take(curl.open());
    links.take(client_of(flow, 1, "other").open());
    REQUIRE(links.rows(link_start).size() == 1);
    CHECK(links.rows(link_start)[0].client_comm == "other");
}

TEST_CASE("whether a pair shows is decided when both ends are known") {
    Links links(of_comms({{"nginx"}}), 10);
    links.take(curl.close(1, 1));
    CHECK(links.rows(link_start).empty());
    links.take(nginx.close(1, 1));
    CHECK(links.rows(link_start).size() == 1);
}

TEST_CASE("a local port is the client's at the client, the server's at the server") {
    CHECK(shows(of_lports({port(50000)}), {curl}));
    CHECK_FALSE(shows(of_lports({port(80)}), {curl}));
    CHECK(shows(of_lports({port(80)}), {nginx}));
    CHECK_FALSE(shows(of_lports({port(50000)}), {nginx}));
    CHECK(shows(of_lports({port(80)}), {curl, nginx}));
    CHECK(shows(of_lports({port(50000)}), {curl, nginx}));
    CHECK(shows(of_lports({port(1), {{40000, 50000}, false}}), {curl, nginx}));
}

TEST_CASE("a remote port is the server's at the client, the client's at the server") {
    CHECK(shows(of_rports({port(80)}), {curl}));
    CHECK_FALSE(shows(of_rports({port(50000)}), {curl}));
    CHECK(shows(of_rports({port(50000)}), {nginx}));
    CHECK_FALSE(shows(of_rports({port(80)}), {nginx}));
    CHECK(shows(of_rports({port(80)}), {curl, nginx}));
}

TEST_CASE("an excluded port vetoes at either end, whatever is listed") {
    CHECK_FALSE(shows(of_lports({port(80, true)}), {curl, nginx}));
    CHECK_FALSE(shows(of_lports({port(80), port(50000, true)}), {curl, nginx}));
    CHECK(shows(of_lports({port(80, true)}), {curl}));
    CHECK_FALSE(shows(of_rports({port(80, true)}), {curl}));
    CHECK(shows(of_lports({port(22, true)}), {curl, nginx}));
}

TEST_CASE("a role shows connections that have a socket of it here") {
    CHECK(shows(of_role(Role::client), {curl, nginx}));
    CHECK(shows(of_role(Role::server), {curl, nginx}));
    CHECK(shows(of_role(Role::client), {curl}));
    CHECK_FALSE(shows(of_role(Role::server), {curl}));
    CHECK_FALSE(shows(of_role(Role::client), {nginx}));
}

TEST_CASE("one end in scope is enough, and stays so") {
    const auto out_of_scope = [](Event event) {
        event.in_scope = false;
        return event;
    };
    Links links({}, 10);
    links.take(out_of_scope(curl.open()));
    CHECK(links.rows(link_start).empty());
    links.take(nginx.open());
    CHECK(links.rows(link_start).size() == 1);
    links.take(out_of_scope(nginx.close(1, 1)));
    links.take(out_of_scope(curl.close(1, 1)));
    CHECK(links.rows(link_start).size() == 1);
}

TEST_CASE("a spill is judged by the names of its row, never by process or user") {
    const std::vector<Spill> spills{spill_of(curl, 1, 1)};
    CHECK(spill_shows(of_comms({{"curl"}}), spills));
    CHECK_FALSE(spill_shows(of_comms({{"nginx"}}), spills));
    CHECK_FALSE(spill_shows(of_comms({{"curl", true}}), spills));
    CHECK(spill_shows(of_comms({{"wget", true}}), spills));
    CHECK_FALSE(spill_shows(of_owners({.pids = {{10}}, .comms = {}, .uids = {}}), spills));
    CHECK_FALSE(spill_shows(of_owners({.pids = {}, .comms = {}, .uids = {{1, true}}}), spills));
    const std::vector<Spill> nameless{spill_of(nobodys(curl), 1, 1)};
    CHECK_FALSE(spill_shows(of_comms({{"curl"}}), nameless));
    CHECK(spill_shows(of_comms({{"curl", true}}), nameless));
    const std::vector<Spill> both{spill_of(curl, 1, 1), spill_of(nginx, 1, 1)};
    CHECK(spill_shows(of_comms({{"nginx"}}), both));
    CHECK_FALSE(spill_shows(of_comms({{"nginx", true}}), both));
}

TEST_CASE("a spill is judged by the server's port only") {
    const std::vector<Spill> client{spill_of(curl, 1, 1)};
    const std::vector<Spill> server{spill_of(nginx, 1, 1)};
    const std::vector<Spill> both{client[0], server[0]};
    CHECK(spill_shows(of_rports({port(80)}), client));
    CHECK_FALSE(spill_shows(of_rports({port(80, true)}), client));
    CHECK_FALSE(spill_shows(of_rports({port(443)}), client));
    CHECK_FALSE(spill_shows(of_lports({port(50000)}), client));
    CHECK_FALSE(spill_shows(of_lports({port(80)}), client));
    CHECK(spill_shows(of_lports({port(80)}), server));
    CHECK_FALSE(spill_shows(of_rports({port(50000)}), server));
    CHECK(spill_shows(of_lports({port(80)}), both));
}

TEST_CASE("a spill has the roles that are known to be here, and its own scope") {
    CHECK(spill_shows(of_role(Role::client), {spill_of(curl, 1, 1)}));
    CHECK_FALSE(spill_shows(of_role(Role::server), {spill_of(curl, 1, 1)}));
    CHECK(spill_shows(of_role(Role::server), {spill_of(nginx, 1, 1)}));
    CHECK(spill_shows(of_role(Role::server), {spill_of(curl, 1, 1), spill_of(nginx, 1, 1)}));
    Spill out = spill_of(curl, 1, 1);
    out.in_scope = false;
    CHECK_FALSE(spill_shows({}, {out}));
}

TEST_CASE("what has no attribution passes no filter that asks for one") {
    Spill unknown;
    unknown.connections = 1;
    CHECK(spill_shows({}, {unknown}));
    CHECK_FALSE(spill_shows(of_comms({{"curl"}}), {unknown}));
    CHECK_FALSE(spill_shows(of_rports({port(22, true)}), {unknown}));
    CHECK_FALSE(spill_shows(of_role(Role::client), {unknown}));
}
