// The view top: what each connection moved, interval by interval.
#include <numeric>
#include <string>
#include <vector>

#include "actor.h"
#include "catch.h"
#include "namespaces.h"
#include "tracer.h"
#include "twin.h"

using namespace live;

namespace {

// An interval that a test ends itself, by SIGINT: all that happens is in one table.
const std::string endless = "1000";

// What all tables together say of this end, and what life says of it.
struct Account {
    std::int64_t tx_in_intervals = 0;
    std::int64_t rx_in_intervals = 0;
    std::size_t tables = 0; // that show it
    Event last;
    Event by_life;
};

Account account_of(const std::vector<Event> &samples, const std::vector<Event> &life) {
    Account account;
    for (const Event &sample : samples) {
        INFO(sample.line);
        CHECK(sample.is("sample"));
        CHECK(sample.interval_tx_bytes + sample.interval_rx_bytes > 0); // the idle are not shown
        account.tx_in_intervals += sample.interval_tx_bytes;
        account.rx_in_intervals += sample.interval_rx_bytes;
        CHECK(sample.id == samples.front().id);
    }
    account.tables = samples.size();
    REQUIRE(account.tables > 0);
    account.last = samples.back();
    REQUIRE(life.size() == 1);
    account.by_life = life.front();
    return account;
}

// All bytes of the connection but those from before the start.
void check_account(const Account &account, std::int64_t tx_before = 0, std::int64_t rx_before = 0) {
    INFO(account.by_life.line);
    INFO(account.last.line);
    CHECK(account.tx_in_intervals == account.by_life.tx_bytes - tx_before);
    CHECK(account.rx_in_intervals == account.by_life.rx_bytes - rx_before);
    CHECK(account.last.tx_bytes == account.by_life.tx_bytes);
    CHECK(account.last.rx_bytes == account.by_life.rx_bytes);
    CHECK(account.last.owner == account.by_life.owner);
    CHECK(account.last.role == account.by_life.role);
    CHECK(account.last.existing == account.by_life.existing);
}

std::vector<int> local_ports(Tracer &tracer) {
    std::vector<int> ports;
    for (const Event &event : tracer.events())
        ports.push_back(event.lport.value_or(0));
    return ports;
}

} // namespace

TEST_CASE("the intervals' bytes add up to what life tells, in every namespace") {
    Twin first;
    Twin second;
    exchange(first.client, first.server, first.pair, 1000, 2000);
    exchange(second.client, second.server, second.pair, 30, 40);
    const auto tracers = Tracer::several({{"life", "--open"}, {"top", "0.1"}});
    Tracer &life = *tracers[0];
    Tracer &top = *tracers[1];

    const Socket listener = first.server.listen(loopback6);
    const Pair fresh = converse_with(first.client, first.server, listener);
    const auto sent_so_far = [&](std::int64_t bytes) {
        return [&fresh, bytes](const Event &event) {
            return event.tells_of(fresh.client) && event.tx_bytes == bytes;
        };
    };
    constexpr std::int64_t much = 300'000;
    for (int round = 1; round <= 3; ++round) {
        exchange(first.client, first.server, first.pair, 5, 7);
        exchange(second.client, second.server, second.pair, 500, 700);
        exchange(first.client, first.server, fresh, much, 1);
        top.wait_for("a table with all that was sent", sent_so_far(round * much));
    }
    const Pair brief = converse_with(first.client, first.server, listener);
    exchange(first.client, first.server, brief, 11, 13);
    hang_up(first.client, first.server, brief);
    hang_up(first.client, first.server, first.pair);
    exchange(first.client, first.server, fresh, 1, much);
    hang_up(first.client, first.server, fresh);
    CHECK(top.stop() == 0);
    CHECK(life.stop() == 0);

    const auto account = [&](const Twin &twin, const Socket &socket) {
        INFO(socket.local << " -> " << socket.remote);
        return account_of(twin.all_of(top, socket), twin.all_of(life, socket));
    };
    for (const bool at_client : {true, false}) {
        CAPTURE(at_client);
        const auto end_of = [&](const Pair &pair) { return at_client ? pair.client : pair.server; };
        const Account fresh_end = account(first, end_of(fresh));
        check_account(fresh_end);
        CHECK(fresh_end.tables >= 3);
        CHECK((at_client ? fresh_end.tx_in_intervals : fresh_end.rx_in_intervals) == 3 * much + 1);
        check_account(account(first, end_of(brief)));
        const Account old = account(first, end_of(first.pair));
        check_account(old, at_client ? 1000 : 2000, at_client ? 2000 : 1000);
        CHECK(old.last.existing);
        // Of the same tuple in the other namespace, which stays open.
        const Account other = account(second, end_of(second.pair));
        check_account(other, at_client ? 30 : 40, at_client ? 40 : 30);
        CHECK(other.last.state == "ESTABLISHED");
        CHECK((at_client ? other.tx_in_intervals : other.rx_in_intervals) == 3 * 500);
        CHECK(other.last.owner == (at_client ? second.client : second.server).owner());
    }
}

TEST_CASE("top shows what moved bytes, closed or open, sorted and cut as asked") {
    // By the local ports of the clients.
    constexpr int brief = 40003;
    constexpr int moving = 40001;
    constexpr int big = 40002;
    constexpr int idle = 40004;
    constexpr int empty = 40005;
    const NetNamespace netns;
    const std::string inode = std::to_string(netns.inode());
    Actor client("tt-client", {.netns = &netns});
    Actor server("tt-server", {.netns = &netns});
    const Socket listener = server.listen(loopback4.with_port(80));
    const auto open = [&](int port) {
        const auto from = loopback4.with_port(static_cast<std::uint16_t>(port));
        return Pair{client.connect(listener, {.from = from}), server.accept(listener)};
    };
    open(idle);
    const Pair old = open(moving);
    exchange(client, server, old, 100'000, 0); // more than any after the start

    const Words top = {"top", endless, "-N", inode, "--role", "client", "--max-connections",
                       "1024"};
    const std::vector<Words> options = {{},
                                        {"--all"},
                                        {"-r", "2"},
                                        {"-S", "lport"},
                                        {"-S", "interval_rx_bytes", "--rows", "1"},
                                        {"-S", "tx_bytes"}};
    std::vector<Words> arguments;
    for (const Words &words : options) {
        arguments.push_back(top);
        arguments.back().insert(arguments.back().end(), words.begin(), words.end());
    }
    const auto tracers = Tracer::several(arguments);
    exchange(client, server, old, 700, 300);
    exchange(client, server, open(big), 50'000, 20);
    const Pair short_lived = open(brief);
    exchange(client, server, short_lived, 10, 5);
    hang_up(client, server, short_lived);
    hang_up(client, server, open(empty));
    for (const auto &tracer : tracers) {
        CHECK(tracer->events().empty()); // no table before its time
        tracer->interrupt();
    }
    std::vector<std::vector<int>> shown;
    for (const auto &tracer : tracers) {
        CHECK(tracer->stop() == 0);
        shown.push_back(local_ports(*tracer));
    }
    REQUIRE(shown[1].size() == 5);
    CHECK(std::vector(shown[1].begin(), shown[1].begin() + 3) == std::vector{big, moving, brief});
    shown.erase(shown.begin() + 1);
    CHECK(shown == std::vector<std::vector<int>>{{big, moving, brief},
                                                 {big, moving},
                                                 {brief, big, moving},
                                                 {moving},
                                                 {moving, big, brief}});

    const auto row = [&](int port) {
        return tracers[1]->wait_for("a row", [&](const Event &e) { return e.lport == port; });
    };
    CHECK(row(brief).state == "CLOSE");
    CHECK(row(brief).end == "local");
    CHECK(row(brief).interval_tx_bytes == 10);
    CHECK(row(brief).interval_rx_bytes == 5);
    CHECK(row(moving).state == "ESTABLISHED");
    CHECK(row(moving).end == "open");
    CHECK(row(moving).interval_tx_bytes == 700);
    CHECK(row(moving).tx_bytes == 100'700);
    CHECK(row(idle).state == "ESTABLISHED");
    CHECK(row(idle).interval_tx_bytes == 0);
    CHECK(row(idle).interval_rx_bytes == 0);
    CHECK(row(empty).state == "CLOSE");
}
