// Sockets -> connections: who is whose other end, how long an ended one waits.
#include "catch.h"

#include <vector>

#include "flow/pairing.h"
#include "link_samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

const Flow flow;
const Socket curl = client_of(flow, 1);
const Socket nginx = server_of(flow, 2);

// A pairing and the connections that were done.
struct Done {
    std::vector<Joined> all;
    Pairing pairing{{}, [this](const Joined &joined) { all.push_back(joined); }};

    Done() = default;
    Done(const Done &) = delete;
    Done &operator=(const Done &) = delete;

    Done &operator<<(const Event &event) {
        pairing.take(event);
        return *this;
    }
    void walk(std::vector<Event> events = {}) {
        for (const Event &event : events)
            pairing.take(event);
        pairing.end_walk(true);
    }
};

Flow numbered(std::uint32_t number) {
    Flow made;
    made.client = ipv4(10, static_cast<std::uint8_t>(number >> 16U),
                       static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number));
    return made;
}

} // namespace

TEST_CASE("a client's and a server's socket with one tuple are one connection") {
    Done done;
    done << curl.close(77, 1000) << nginx.close(1000, 77);
    REQUIRE(done.all.size() == 1);
    REQUIRE(done.all[0].client.has_value());
    REQUIRE(done.all[0].server.has_value());
    CHECK(done.all[0].client->comm == "curl");
    CHECK(done.all[0].server->comm == "nginx");
    CHECK(done.pairing.size() == 0);
}

TEST_CASE("which end is told first makes no difference") {
    Done done;
    done << nginx.close(1000, 77) << curl.close(77, 1000);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->tx_bytes == 77);
    CHECK(done.all[0].server->tx_bytes == 1000);
}

TEST_CASE("connects, accepts and samples of an interval are not for the pairing") {
    Done done;
    done << curl.event(EventKind::connect, 0, 0) << nginx.event(EventKind::accept, 0, 0)
         << curl.event(EventKind::sample, 1, 1);
    CHECK(done.pairing.size() == 0);
}

TEST_CASE("an ended socket waits one second for its other end") {
    Done done;
    done << curl.close(1, 1);
    done.pairing.expire(link_start + 999ms);
    CHECK(done.all.empty());
    CHECK(done.pairing.waiting() == 1);
    done.pairing.expire(link_start + 1s);
    REQUIRE(done.all.size() == 1);
    CHECK_FALSE(done.all[0].server.has_value());
    CHECK(done.pairing.waiting() == 0);
}

TEST_CASE("at the end nothing waits any longer") {
    Done done;
    done << curl.close(1, 1);
    done.pairing.expire(link_start, true);
    CHECK(done.all.size() == 1);
}

TEST_CASE("an ended socket waits for an end that is open as long as it takes") {
    Done done;
    done << curl.open() << nginx.open() << curl.close(77, 1000);
    done.pairing.expire(link_start + 1h, true);
    CHECK(done.all.empty());
    CHECK(done.pairing.waiting() == 0);
    done << nginx.close(1000, 77, link_start + 1h);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].server->comm == "nginx");
}

TEST_CASE("an end that shows up open ends the wait for it") {
    Done done;
    done << curl.close(77, 1000) << nginx.open();
    CHECK(done.pairing.waiting() == 0);
    done.pairing.expire(link_start + 1h);
    CHECK(done.all.empty());
    done << nginx.close(1000, 77);
    CHECK(done.all.size() == 1);
    CHECK(done.pairing.waiting() == 0);
    CHECK(done.pairing.size() == 0);
}

TEST_CASE("at most 65,536 sockets wait, and the oldest gives way") {
    Done done;
    for (std::uint32_t i = 0; i < Pairing::waiting_max; ++i)
        done << client_of(numbered(i), i + 1).close(1, 1);
    CHECK(done.all.empty());
    done << client_of(numbered(0xffffff), 1'000'000).close(1, 1);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->id == 1);
    CHECK(done.pairing.size() == Pairing::waiting_max);
}

TEST_CASE("a tuple that is used again lets its ended predecessor go first") {
    Done done;
    done << curl.close(1, 1) << client_of(flow, 3).close(2, 2);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->id == 1);
    CHECK_FALSE(done.all[0].server.has_value());
    done << server_of(flow, 4).close(2, 2);
    REQUIRE(done.all.size() == 2);
    CHECK(done.all[1].client->id == 3);
    CHECK(done.all[1].server->id == 4);
}

TEST_CASE("a connection whose server keeps its socket keeps it when the tuple is used again") {
    Done done;
    done << curl.open() << nginx.open() << curl.close(1, 1);
    done << client_of(flow, 3).open() << server_of(flow, 4).open();
    done << nginx.close(1, 1);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->id == 1);
    CHECK(done.all[0].server->id == 2);
    done << client_of(flow, 3).close(2, 2) << server_of(flow, 4).close(2, 2);
    REQUIRE(done.all.size() == 2);
    CHECK(done.all[1].client->id == 3);
    CHECK(done.all[1].server->id == 4);
}

TEST_CASE("closes that come after their tuple is used again end their own connection") {
    Done done;
    done << curl.open() << nginx.open() << client_of(flow, 3).open() << server_of(flow, 4).open();
    done << curl.close(1, 1) << nginx.close(1, 1);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->id == 1);
    CHECK(done.all[0].server->id == 2);
    CHECK(done.pairing.size() == 1);
}

TEST_CASE("sockets of one role with one tuple in two namespaces are not paired") {
    Flow elsewhere = flow;
    elsewhere.client_netns = 3;
    elsewhere.server_netns = 4;
    Done done;
    done << curl.open() << nginx.open() << client_of(elsewhere, 3).open()
         << server_of(elsewhere, 4).open();
    CHECK(done.pairing.size() == 4);
    std::size_t ambiguous = 0;
    done.pairing.each([&](const Joined &joined) { ambiguous += joined.ambiguous ? 1 : 0; });
    CHECK(ambiguous == 4);
    done << curl.close(1, 1) << nginx.close(1, 1);
    done.pairing.expire(link_start + 1s);
    REQUIRE(done.all.size() == 2);
    CHECK_FALSE(done.all[0].server.has_value());
    CHECK_FALSE(done.all[1].client.has_value());
}

TEST_CASE("a pair whose tuple turns out to be ambiguous is taken apart, the ended half too") {
    Flow elsewhere = flow;
    elsewhere.client_netns = 3;
    Done done;
    done << curl.open() << nginx.open() << nginx.close(1, 1) << client_of(elsewhere, 3).open();
    CHECK(done.pairing.size() == 3);
    CHECK(done.pairing.waiting() == 1);
    done.pairing.expire(link_start + 1s);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].server->id == 2);
    CHECK(done.all[0].ambiguous);
}

TEST_CASE("a tuple that another namespace uses after it ended is used again, not ambiguous") {
    Flow elsewhere = flow;
    elsewhere.client_netns = 3;
    Done done;
    done << curl.close(1, 1) << client_of(elsewhere, 3).close(2, 2) << nginx.close(2, 2);
    REQUIRE(done.all.size() == 2);
    CHECK_FALSE(done.all[0].ambiguous);
    CHECK(done.all[1].client->id == 3);
    CHECK(done.all[1].server->id == 2);
}

TEST_CASE("a tuple is ambiguous no longer when all that shared it are gone") {
    Flow elsewhere = flow;
    elsewhere.client_netns = 3;
    Done done;
    done << curl.open() << client_of(elsewhere, 3).open() << curl.close(1, 1)
         << client_of(elsewhere, 3).close(1, 1);
    done << client_of(flow, 4).open() << server_of(flow, 5).open();
    CHECK(done.all.size() == 2);
    CHECK(done.pairing.size() == 1);
}

TEST_CASE("loopback and link-local sockets pair within their namespace only") {
    const Address scoped[] = {ipv4(127, 0, 0, 1),
                              ipv4(127, 200, 3, 4),
                              ipv4(169, 254, 7, 7),
                              {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                              {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                              {0xfe, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    for (const Address &address : scoped) {
        Flow local;
        local.client = local.server = address;
        Done done;
        done << client_of(local, 1).open() << server_of(local, 2).open();
        CHECK(done.pairing.size() == 2);
        local.server_netns = local.client_netns;
        done << server_of(local, 3).open();
        CHECK(done.pairing.size() == 2);
    }
}

TEST_CASE("other addresses pair across namespaces") {
    const Address wide[] = {ipv4(10, 0, 0, 1),
                            ipv4(169, 253, 0, 1),
                            ipv4(128, 0, 0, 1),
                            {0xfe, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                            {0x20, 0x01, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    for (const Address &address : wide) {
        Flow veth;
        veth.client = veth.server = address;
        Done done;
        done << client_of(veth, 1).open() << server_of(veth, 2).open();
        CHECK(done.pairing.size() == 1);
    }
}

TEST_CASE("a client that never had an address or a port waits for nobody") {
    Done done;
    Event addressless = curl.close(0, 0, link_start, End::failed);
    addressless.tuple.laddr.reset();
    Event portless = client_of(flow, 3).close(0, 0, link_start, End::failed);
    portless.tuple.lport = 0;
    done << addressless << portless;
    REQUIRE(done.all.size() == 2);
    CHECK_FALSE(done.all[0].key.link.client.has_value());
    CHECK(done.all[0].client->failed);
}

TEST_CASE("bytes from before tracing do not count") {
    Done done;
    Event close = curl.close(100, 1000);
    close.outcome->tx_before = 30;
    close.outcome->rx_before = 1000;
    done << close;
    done.pairing.expire(link_start, true);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->tx_bytes == 70);
    CHECK(done.all[0].client->rx_bytes == 0);
}

TEST_CASE("a sample behind an earlier one takes nothing back, the close is final") {
    Done done;
    done << curl.open(100, 200) << curl.open(90, 250);
    done.pairing.each([](const Joined &joined) {
        CHECK(joined.client->tx_bytes == 100);
        CHECK(joined.client->rx_bytes == 250);
    });
    done << curl.close(99, 260) << curl.open(120, 300);
    done.pairing.expire(link_start, true);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->tx_bytes == 99);
    CHECK(done.all[0].client->rx_bytes == 260);
}

TEST_CASE("a socket that one walk misses is still there, one that two miss is lost") {
    Done done;
    done.walk({curl.open()});
    done.walk();
    CHECK(done.pairing.size() == 1);
    done.walk({curl.open()});
    done.walk();
    CHECK(done.pairing.size() == 1);
    done.walk();
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->state == Side::State::lost);
    CHECK(done.pairing.size() == 0);
}

TEST_CASE("an ended socket whose other end is lost waits no longer") {
    Done done;
    done.walk({curl.open(), nginx.open()});
    done << curl.close(1, 1);
    done.walk();
    CHECK(done.all.empty());
    done.walk();
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->state == Side::State::ended);
    CHECK(done.all[0].server->state == Side::State::lost);
}

TEST_CASE("a close that comes after its socket was given up is final all the same") {
    Done done;
    done.walk({curl.open(), nginx.open()});
    done.walk({nginx.open()});
    done.walk({nginx.open()});
    CHECK(done.all.empty());
    done << curl.close(77, 1000) << nginx.close(1000, 77);
    REQUIRE(done.all.size() == 1);
    CHECK(done.all[0].client->state == Side::State::ended);
    CHECK(done.all[0].client->tx_bytes == 77);
}

TEST_CASE("a socket that two walks missed and a third tells is open") {
    Done done;
    done.walk({curl.open(), nginx.open()});
    done.walk({nginx.open()});
    done.walk({nginx.open()});
    done.walk({curl.open(5, 5), nginx.open()});
    done.pairing.each([](const Joined &joined) {
        CHECK(joined.client->state == Side::State::open);
        CHECK(joined.client->tx_bytes == 5);
    });
}
