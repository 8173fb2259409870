// Bytes of bpf/wire.h -> records.
#include "catch.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "wires.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

CloseRecord left_from(TcpState state, bool held, unsigned error) {
    auto wire = some_close(WIRE_SERVER);
    wire.old_state = static_cast<__u8>(state);
    wire.held = held;
    wire.error = error;
    wire.owner = {};
    return decoded<CloseRecord>(wire);
}

} // namespace

TEST_CASE("a connect record has its key, its time and all facts of birth") {
    const auto record = decoded<ConnectRecord>(some_open(WIRE_CONNECT, WIRE_CLIENT));
    CHECK(record.key == key(some_sock, 1000ns));
    CHECK(record.time == 2000ns);
    CHECK(record.facts.role == Role::client);
    CHECK(record.facts.netns == 4026531840);
    CHECK_FALSE(record.facts.existing);
    CHECK_FALSE(record.facts.role_inferred);
    CHECK(record.facts.tuple == facts_of(Role::client, 50000, 80).tuple);
    REQUIRE(record.facts.owner.has_value());
    Owner owner = process(77, "curl", 1000);
    owner.tid = 78;
    owner.cgroup = 4242;
    owner.path = 4242;
    CHECK(*record.facts.owner == owner);
}

TEST_CASE("a cgroup record has the names of its path, the innermost first") {
    auto wire = empty_of<wire_cgroup>(WIRE_CGROUP);
    wire.cgroup = 4242;
    std::strcpy(wire.names[0], "nginx.service");
    std::strcpy(wire.names[1], "system.slice");
    const auto bytes = bytes_of(wire);
    const auto record = decode(bytes);
    REQUIRE(record.has_value());
    REQUIRE(std::holds_alternative<CgroupRecord>(*record));
    const auto &cgroup = std::get<CgroupRecord>(*record);
    CHECK(cgroup.path == 4242);
    CHECK(cgroup.names[0] == "nginx.service");
    CHECK(cgroup.names[1] == "system.slice");
    CHECK(cgroup.names[2].empty());
    CHECK_FALSE(decode(std::span(bytes).first(bytes.size() - 1)).has_value());
}

TEST_CASE("an owner whose cgroup is told in version 1 keeps its id of version 2") {
    auto wire = some_open(WIRE_CONNECT, WIRE_CLIENT);
    wire.owner.cgroup = WIRE_CGROUP_V1 | 57ULL << WIRE_CGROUP_V1_SHIFT | 1;
    const auto record = decoded<ConnectRecord>(wire);
    CHECK(record.facts.owner->cgroup == 1);
    CHECK(record.facts.owner->path == wire.owner.cgroup);
}

TEST_CASE("an accept record says how long the socket waited, if that was measured") {
    auto wire = some_open(WIRE_ACCEPT, WIRE_SERVER);
    wire.state = static_cast<__u8>(TcpState::close_wait);
    wire.accept_wait_ns = 700;
    CHECK_FALSE(decoded<AcceptRecord>(wire).wait.has_value());
    wire.wait_known = 1;
    const auto record = decoded<AcceptRecord>(wire);
    CHECK(record.wait == 700ns);
    CHECK(record.state == TcpState::close_wait);
    CHECK(record.facts.role == Role::server);
    CHECK(record.key == key(some_sock, 1000ns));
}

TEST_CASE("an accepted socket that was closed before has no birth") {
    auto wire = some_open(WIRE_ACCEPT, WIRE_SERVER);
    wire.born_ns = 0;
    wire.state = static_cast<__u8>(TcpState::close);
    const auto record = decoded<AcceptRecord>(wire);
    CHECK(record.key == key(some_sock, 0ns));
    CHECK(record.state == TcpState::close);
}

TEST_CASE("a close record has what the connection carried and how it ended") {
    auto wire = some_close(WIRE_CLIENT);
    wire.tx_bytes = 77;
    wire.rx_bytes = 10'485'760;
    wire.srtt_us = 35;
    wire.retransmits = 3;
    const auto record = decoded<CloseRecord>(wire);
    CHECK(record.key == key(some_sock, 1ms));
    CHECK(record.time == 6ms);
    CHECK(record.established == 3ms);
    CHECK(record.outcome.tx_bytes == 77);
    CHECK(record.outcome.rx_bytes == 10'485'760);
    CHECK(record.outcome.duration == 5ms);
    CHECK(record.outcome.connect == 2ms);
    CHECK(record.outcome.srtt == 35us);
    CHECK(record.outcome.retransmits == 3);
    CHECK(record.outcome.end == End::local);
    CHECK(record.outcome.error == 0);
}

TEST_CASE("a close keeps the errno of the socket and what end it means") {
    auto wire = some_close(WIRE_CLIENT);
    wire.old_state = static_cast<__u8>(TcpState::syn_sent);
    wire.established_ns = 0;
    wire.error = ECONNREFUSED;
    const auto record = decoded<CloseRecord>(wire);
    CHECK(record.outcome.error == ECONNREFUSED);
    CHECK(record.outcome.end == End::refused);
    CHECK_FALSE(record.established.has_value());
    CHECK_FALSE(record.outcome.connect.has_value());
    CHECK_FALSE(record.outcome.srtt.has_value());
}

TEST_CASE("a server has no time to connect, a client no time in the accept queue") {
    auto wire = some_close(WIRE_SERVER);
    wire.accepted_ns = 4'500'000;
    const auto server = decoded<CloseRecord>(wire);
    CHECK_FALSE(server.outcome.connect.has_value());
    CHECK(server.accept_wait == 1500us);
    CHECK_FALSE(decoded<CloseRecord>(some_close(WIRE_CLIENT)).accept_wait.has_value());
}

TEST_CASE("a server that was accepted before its handshake ended did not wait to be accepted") {
    auto wire = some_close(WIRE_SERVER); // Fast Open: accept(2) returns it in SYN_RECV
    wire.accepted_ns = wire.established_ns - 1'000'000;
    const auto record = decoded<CloseRecord>(wire);
    CHECK(record.accept_wait.value_or(0ns) >= 0ns);
}

TEST_CASE("how long a connection took is not known of one that began before tcptrail") {
    auto wire = some_close(WIRE_CLIENT);
    wire.tuple.existing = 1;
    wire.tuple.role_inferred = 1;
    const auto record = decoded<CloseRecord>(wire);
    CHECK(record.facts.existing);
    CHECK(record.facts.role_inferred);
    CHECK_FALSE(record.outcome.duration.has_value());
    CHECK_FALSE(record.outcome.connect.has_value());
}

TEST_CASE("a socket that nobody holds was closed in the accept queue, unless it sent its FIN") {
    CHECK(left_from(TcpState::established, false, ECONNRESET).queued);
    CHECK(left_from(TcpState::close_wait, false, EPIPE).queued);
    CHECK_FALSE(left_from(TcpState::fin_wait2, false, 0).queued);
    CHECK_FALSE(left_from(TcpState::fin_wait1, false, ETIMEDOUT).queued);
    CHECK_FALSE(left_from(TcpState::last_ack, false, 0).queued);
}

TEST_CASE("a reset just before accept(2) returns leaves the close to wait for its accept") {
    // The socket is out of the queue and held, the hook on accept's return has yet to run.
    auto wire = some_close(WIRE_SERVER);
    wire.old_state = static_cast<__u8>(TcpState::established);
    wire.error = ECONNRESET;
    wire.accepted_ns = 0;
    wire.owner = {};
    CHECK(decoded<CloseRecord>(wire).queued);
}

TEST_CASE("a server that processes held before tcptrail waits for no accept") {
    auto wire = some_close(WIRE_SERVER);
    wire.old_state = static_cast<__u8>(TcpState::established);
    wire.error = ECONNRESET;
    wire.owner = {}; // several hold it and none moved bytes
    wire.tuple.existing = 1;
    CHECK_FALSE(decoded<CloseRecord>(wire).queued);
}

TEST_CASE("a client was never in an accept queue") {
    auto wire = some_close(WIRE_CLIENT);
    wire.old_state = static_cast<__u8>(TcpState::established);
    wire.error = ECONNRESET;
    wire.owner = {};
    CHECK_FALSE(decoded<CloseRecord>(wire).queued);
}

TEST_CASE("a failed connect has the errno of connect(2)") {
    auto wire = empty_of<wire_failed>(WIRE_FAILED);
    wire.ts_ns = 5000;
    wire.tuple = some_tuple(WIRE_CLIENT);
    wire.owner = curl_process();
    wire.error = ENETUNREACH;
    const auto record = decoded<FailedRecord>(wire);
    CHECK(record.time == 5000ns);
    CHECK(record.error == ENETUNREACH);
    CHECK(record.facts.owner->comm == "curl");
    CHECK(record.facts.tuple.rport == 80);
}

TEST_CASE("a change of owner names the connection and who serves it now") {
    auto wire = empty_of<wire_owner_change>(WIRE_OWNER);
    wire.sock = some_sock;
    wire.born_ns = 9;
    wire.owner = curl_process();
    const auto record = decoded<OwnerRecord>(wire);
    CHECK(record.key == key(some_sock, 9ns));
    CHECK(record.owner->pid == 77U);
}

TEST_CASE("a shared socket and a connect without port are named by their keys") {
    auto wire = empty_of<wire_mark>(WIRE_SHARED);
    wire.sock = some_sock;
    wire.born_ns = 11;
    CHECK(decoded<SharedRecord>(wire).key == key(some_sock, 11ns));
    wire.head.kind = WIRE_SYN;
    CHECK(decoded<SynRecord>(wire).key == key(some_sock, 11ns));
}

TEST_CASE("a kind of record that is not known yet is skipped") {
    auto wire = some_open(WIRE_CONNECT, WIRE_CLIENT);
    for (const __u32 kind : {0U, 9U, 0xffffffffU}) {
        wire.head.kind = kind;
        CHECK_FALSE(decode(bytes_of(wire)).has_value());
    }
}

TEST_CASE("a record that is shorter than its kind is skipped") {
    const auto cut = [](auto wire) {
        auto bytes = bytes_of(wire);
        CHECK(decode(bytes).has_value());
        bytes.pop_back();
        CHECK_FALSE(decode(bytes).has_value());
    };
    cut(some_open(WIRE_CONNECT, WIRE_CLIENT));
    cut(some_open(WIRE_ACCEPT, WIRE_SERVER));
    cut(some_close(WIRE_CLIENT));
    cut(some_walked(WIRE_CLIENT, TcpState::established));
    cut(empty_of<wire_failed>(WIRE_FAILED));
    cut(empty_of<wire_owner_change>(WIRE_OWNER));
    cut(empty_of<wire_mark>(WIRE_SHARED));
    cut(empty_of<wire_mark>(WIRE_SYN));
    CHECK_FALSE(decode({}).has_value());
}

TEST_CASE("a record that a newer kernel side made longer is read all the same") {
    auto bytes = bytes_of(some_open(WIRE_CONNECT, WIRE_CLIENT));
    bytes.resize(bytes.size() + 8);
    const auto record = decode(bytes);
    REQUIRE(record.has_value());
    CHECK(std::get<ConnectRecord>(*record).facts.tuple.rport == 80);
}

TEST_CASE("a mapped address is IPv4 and keeps its form, another is IPv6") {
    auto wire = some_open(WIRE_CONNECT, WIRE_CLIENT);
    CHECK(decoded<ConnectRecord>(wire).facts.tuple.family == Family::ipv4);
    CHECK(decoded<ConnectRecord>(wire).facts.tuple.raddr == ipv4(10, 0, 0, 2));
    const Address loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    wire.tuple.family = 6;
    set(wire.tuple.laddr, loopback);
    set(wire.tuple.raddr, loopback);
    const auto record = decoded<ConnectRecord>(wire);
    CHECK(record.facts.tuple.family == Family::ipv6);
    CHECK(record.facts.tuple.laddr == loopback);
    CHECK(record.facts.tuple.raddr == loopback);
}

TEST_CASE("a local address that was not chosen is none, in either family") {
    auto wire = empty_of<wire_failed>(WIRE_FAILED);
    wire.tuple = some_tuple(WIRE_CLIENT);
    set(wire.tuple.laddr, ipv4(0, 0, 0, 0));
    CHECK_FALSE(decoded<FailedRecord>(wire).facts.tuple.laddr.has_value());
    set(wire.tuple.laddr, Address{});
    wire.tuple.family = 6;
    CHECK_FALSE(decoded<FailedRecord>(wire).facts.tuple.laddr.has_value());
}

TEST_CASE("an owner without pid and name is unknown") {
    auto wire = some_open(WIRE_ACCEPT, WIRE_SERVER);
    wire.owner = {};
    CHECK_FALSE(decoded<AcceptRecord>(wire).facts.owner.has_value());
}

TEST_CASE("an owner outside of our pid namespace has a name and no pid") {
    auto wire = some_open(WIRE_ACCEPT, WIRE_SERVER);
    wire.owner.pid = 0;
    wire.owner.tid = 0;
    const auto owner = decoded<AcceptRecord>(wire).facts.owner;
    REQUIRE(owner.has_value());
    CHECK_FALSE(owner->pid.has_value());
    CHECK_FALSE(owner->tid.has_value());
    CHECK(owner->comm == "curl");
}

TEST_CASE("a process that emptied its name is an owner all the same") {
    auto wire = some_open(WIRE_ACCEPT, WIRE_SERVER);
    std::memset(wire.owner.comm, 0, sizeof(wire.owner.comm));
    const auto owner = decoded<AcceptRecord>(wire).facts.owner;
    REQUIRE(owner.has_value());
    CHECK(owner->pid == 77U);
    CHECK(owner->comm.empty());
}

TEST_CASE("a name that fills its field needs no end") {
    auto wire = some_open(WIRE_CONNECT, WIRE_CLIENT);
    std::memcpy(wire.owner.comm, "0123456789abcdef", sizeof(wire.owner.comm));
    CHECK(decoded<ConnectRecord>(wire).facts.owner->comm == "0123456789abcde");
}

TEST_CASE("a name keeps every byte before its end, and none after") {
    auto wire = some_open(WIRE_CONNECT, WIRE_CLIENT);
    std::memcpy(wire.owner.comm, "a b\n\xff\0junk", 10);
    // By all its bytes: what is behind the NUL must not tell two names apart.
    CHECK(decoded<ConnectRecord>(wire).facts.owner->comm == Comm("a b\n\xff"));
}
