// Bytes of bpf/wire.h that user space asked for: what is open, and sums of lost closes.
#include "catch.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>

#include "wires.h"

using namespace tcptrail;
using namespace std::chrono_literals;

TEST_CASE("what is open has its state and what it carried so far") {
    auto wire = some_walked(WIRE_CLIENT, TcpState::close_wait);
    wire.tx_bytes = 77;
    wire.rx_bytes = 10'485'760;
    wire.tx_before = 7;
    wire.rx_before = 1000;
    wire.srtt_us = 35;
    wire.retransmits = 3;
    const auto record = decoded<OpenRecord>(wire);
    CHECK(record.key == key(some_sock, 1ms));
    CHECK(record.time == 6ms);
    CHECK(record.state == TcpState::close_wait);
    CHECK(record.facts.tuple == facts_of(Role::client, 50000, 80).tuple);
    CHECK(record.facts.owner->comm == "curl");
    CHECK(record.facts.in_scope);
    CHECK(record.outcome == Outcome{.tx_bytes = 77,
                                    .rx_bytes = 10'485'760,
                                    .tx_before = 7,
                                    .rx_before = 1000,
                                    .duration = 5ms,
                                    .connect = 2ms,
                                    .srtt = 35us,
                                    .retransmits = 3,
                                    .end = End::open,
                                    .error = 0});
    CHECK_FALSE(record.accept_wait.has_value());
}

TEST_CASE("what is open is open whatever its state, even after its close was lost") {
    for (const TcpState state : {TcpState::syn_sent, TcpState::fin_wait1, TcpState::close}) {
        auto wire = some_walked(WIRE_SERVER, state);
        wire.error = ECONNRESET;
        const auto record = decoded<OpenRecord>(wire);
        CHECK(record.state == state);
        CHECK(record.outcome.end == End::open);
    }
}

TEST_CASE("an open server says how long it waited to be accepted, once it was") {
    auto wire = some_walked(WIRE_SERVER, TcpState::established);
    CHECK_FALSE(decoded<OpenRecord>(wire).accept_wait.has_value());
    wire.accepted_ns = 4'500'000;
    const auto record = decoded<OpenRecord>(wire);
    CHECK(record.accept_wait == 1500us);
    CHECK_FALSE(record.outcome.connect.has_value());
}

TEST_CASE("a close knows what of its bytes was moved before tracing began") {
    auto wire = some_close(WIRE_CLIENT);
    wire.tx_before = 5;
    wire.rx_before = 6;
    const auto record = decoded<CloseRecord>(wire);
    CHECK(record.outcome.tx_before == 5);
    CHECK(record.outcome.rx_before == 6);
}

TEST_CASE("whose owner passes no filter of the kernel is out of scope") {
    auto wire = some_walked(WIRE_CLIENT, TcpState::established);
    wire.tuple.matched = 0;
    CHECK_FALSE(decoded<OpenRecord>(wire).facts.in_scope);
    wire.tuple.matched = 1;
    CHECK(decoded<OpenRecord>(wire).facts.in_scope);
}

TEST_CASE("a sum of lost closes says whose they were and what they carried") {
    wire_spill_key wire_key{};
    set(wire_key.client, ipv4(10, 0, 0, 1));
    set(wire_key.server, ipv4(10, 0, 0, 2));
    wire_key.netns = 4026531840;
    wire_key.port = 443;
    wire_key.role = WIRE_SERVER;
    wire_key.matched = 1;
    std::memcpy(wire_key.comm, "nginx", 5);
    const Spill spill =
        spill_of(wire_key, {.connections = 12, .failed = 3, .tx_bytes = 77, .rx_bytes = 1256});
    CHECK(spill.client == ipv4(10, 0, 0, 1));
    CHECK(spill.server == ipv4(10, 0, 0, 2));
    CHECK(spill.port == 443);
    CHECK(spill.netns == 4026531840);
    CHECK(spill.role == Role::server);
    CHECK(spill.in_scope);
    CHECK(spill.comm == "nginx");
    CHECK(spill.connections == 12);
    CHECK(spill.failed == 3);
    CHECK(spill.tx_bytes == 77);
    CHECK(spill.rx_bytes == 1256);
}

TEST_CASE("a sum without attribution is nobody's") {
    const Spill spill = spill_of({}, {.connections = 1, .failed = 0, .tx_bytes = 0, .rx_bytes = 0});
    CHECK_FALSE(spill.comm.has_value());
    CHECK_FALSE(spill.in_scope);
    CHECK(spill.role == Role::client);
    CHECK(spill.client == Address{});
    CHECK(spill.server == Address{});
    CHECK(spill.port == 0);
    CHECK(spill.connections == 1);
}

TEST_CASE("a sum's name that fills its field needs no end") {
    wire_spill_key wire_key{};
    std::memcpy(wire_key.comm, "0123456789abcdef", sizeof(wire_key.comm));
    CHECK(spill_of(wire_key, {}).comm == "0123456789abcde");
}

TEST_CASE("a record's size is known once all of it is there") {
    const auto bytes = bytes_of(some_walked(WIRE_CLIENT, TcpState::established));
    const std::span<const std::byte> all(bytes);
    CHECK(record_size(all) == bytes.size());
    for (std::size_t length = 0; length < bytes.size(); ++length)
        REQUIRE(record_size(all.first(length)) == 0);
}

TEST_CASE("records behind each other are read one by one") {
    auto bytes = bytes_of(some_walked(WIRE_CLIENT, TcpState::established));
    const auto second = bytes_of(empty_of<wire_mark>(WIRE_SYN));
    const std::size_t first = bytes.size();
    bytes.insert(bytes.end(), second.begin(), second.end());
    const std::span<const std::byte> all(bytes);
    CHECK(record_size(all) == first);
    CHECK(record_size(all.subspan(first)) == second.size());
    CHECK(record_size(all.subspan(first + second.size())) == 0);
}

TEST_CASE("a size of nothing ends the reading") {
    auto wire = empty_of<wire_mark>(WIRE_SYN);
    wire.head.size = 0;
    CHECK(record_size(bytes_of(wire)) == 0);
}
