// Thousands of random connections against the truth: walks that miss sockets, closes in any
// order, late or lost, tuples used again at once.
#include "catch.h"

#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "flow/links.h"
#include "link_samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

// A client program at an address, and the server's address.
using LinkId = std::tuple<Address, Comm, Address, std::uint32_t>;

struct Sum {
    std::uint64_t connections = 0, failed = 0, tx = 0, rx = 0;
    auto operator<=>(const Sum &) const = default;
};

// A socket as the kernel has it.
struct Live {
    Socket socket;
    int ends = 0;        // the tick at which it ends
    int told = 0;        // the tick at which its close is told
    bool missed = false; // by the last walk
};

struct Connection {
    LinkId link;
    std::vector<Live> sockets;
    std::uint64_t tx = 0, rx = 0;
    bool failed = false;
};

class World {
  public:
    World(std::uint32_t seed, double lossy) : random_(seed), lossy_(lossy) {}

    void tick(bool starting) {
        now_ += 300ms;
        ++tick_;
        for (int i = 0; starting && i < 40; ++i)
            start();
        for (Connection &connection : open_)
            move(connection);
        for (Connection &connection : open_)
            end_sockets(connection);
        tell_closes();
        std::erase_if(open_, [](const Connection &each) { return each.sockets.empty(); });
        if (tick_ % 3 == 0)
            walk();
        if (tick_ % 10 == 0)
            set_spills();
        links.expire(now_);
    }

    void end() {
        for (int i = 0; i < 10000 && !open_.empty(); ++i)
            tick(false);
        for (int i = 0; i < 9; ++i)
            tick(false);
        set_spills();
        links.expire(now_, true);
    }

    [[nodiscard]] std::map<LinkId, Sum> told() {
        std::map<LinkId, Sum> sums;
        for (const LinkRow &row : links.rows(now_)) {
            CHECK(row.open == 0);
            Sum &sum = sums[{row.client.value_or(Address{}), row.client_comm.value_or(""),
                             row.server.value_or(Address{}), row.netns.value_or(0)}];
            sum.connections += row.connections;
            sum.failed += row.failed;
            sum.tx += row.tx_bytes;
            sum.rx += row.rx_bytes;
        }
        return sums;
    }

    Links links{{}, 65536};
    std::map<LinkId, Sum> truth;

  private:
    struct Late {
        int tick = 0;
        Event event;
    };

    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
    bool chance(double likely) { return std::bernoulli_distribution(likely)(random_); }

    // 0 to 2: across namespaces, within loopback, to a remote server; 3: from a remote client.
    Flow any_flow(int kind) {
        const auto host = static_cast<std::uint8_t>(1 + below(5));
        Flow flow = loopback_flow(100 + host);
        if (kind != 1) {
            flow.client = ipv4(kind == 3 ? 192 : 10, 0, 0, host);
            flow.server = ipv4(kind == 2 ? 192 : 10, 0, 1, static_cast<std::uint8_t>(below(3)));
            flow.server_netns = 200;
        }
        flow.client_port = static_cast<std::uint16_t>(50000 + below(20));
        return flow;
    }

    // A tuple is free once both of its sockets are gone from the kernel, told or not.
    bool in_use(const Flow &flow) const {
        return std::any_of(open_.begin(), open_.end(), [&](const Connection &each) {
            return std::any_of(each.sockets.begin(), each.sockets.end(), [&](const Live &live) {
                const Flow &other = live.socket.flow;
                return other.client == flow.client && other.server == flow.server &&
                       other.client_port == flow.client_port &&
                       other.client_netns == flow.client_netns;
            });
        });
    }

    void start() {
        const int kind = below(4);
        const Flow flow = any_flow(kind);
        if (in_use(flow))
            return;
        const std::string comm = chance(0.5) ? "curl" : "wget";
        const std::uint32_t netns = kind == 1 ? flow.client_netns : 0;
        Connection connection;
        connection.link = {flow.client, kind == 3 ? "" : comm, flow.server, netns};
        connection.failed = kind != 3 && chance(0.05);
        const int ends = tick_ + below(12);
        const auto life = [&] { return ends + (chance(0.05) ? below(60) : below(2)); };
        if (kind != 3)
            connection.sockets.push_back({client_of(flow, ++ids_, comm.c_str()), life()});
        if (kind != 2 && !connection.failed)
            connection.sockets.push_back({server_of(flow, ++ids_), life()});
        open_.push_back(connection);
    }

    void move(Connection &connection) {
        if (connection.failed)
            return;
        const bool whole = std::all_of(connection.sockets.begin(), connection.sockets.end(),
                                       [&](const Live &live) { return live.ends >= tick_; });
        if (!whole || connection.sockets.size() != started(connection))
            return;
        connection.tx += static_cast<std::uint64_t>(below(1000));
        connection.rx += static_cast<std::uint64_t>(below(100000));
    }

    static std::size_t started(const Connection &connection) {
        const Flow &flow = connection.sockets.front().socket.flow;
        return flow.client[12] == 192 || flow.server[12] == 192 ? 1 : 2;
    }

    static std::pair<std::uint64_t, std::uint64_t> counters(const Connection &connection,
                                                            const Socket &socket) {
        if (socket.role == Role::client)
            return {connection.tx, connection.rx};
        return {connection.rx, connection.tx};
    }

    void end_sockets(Connection &connection) {
        const bool single = connection.sockets.size() == 1;
        for (const Live &live : connection.sockets) {
            if (live.ends > tick_)
                continue;
            if (live.socket.role == Role::client ||
                (single && std::get<1>(connection.link).empty()))
                count(connection);
            if (chance(lossy_)) {
                spill(connection, live.socket);
                continue;
            }
            const auto [tx, rx] = counters(connection, live.socket);
            const End end = connection.failed ? End::refused : End::local;
            late_.push_back(
                {tick_ + (chance(0.2) ? below(4) : 0), live.socket.close(tx, rx, now_, end)});
        }
        std::erase_if(connection.sockets, [this](const Live &live) { return live.ends <= tick_; });
    }

    void count(const Connection &connection) {
        Sum &sum = truth[connection.link];
        ++sum.connections;
        sum.failed += connection.failed ? 1 : 0;
        sum.tx += connection.tx;
        sum.rx += connection.rx;
    }

    void spill(const Connection &connection, const Socket &socket) {
        Spill spill = spill_of(socket, connection.tx, connection.rx);
        spill.failed = connection.failed ? 1 : 0;
        spills_.push_back(spill);
    }

    void tell_closes() {
        std::shuffle(late_.begin(), late_.end(), random_);
        std::erase_if(late_, [this](const Late &late) {
            if (late.tick > tick_)
                return false;
            links.take(late.event);
            return true;
        });
    }

    void walk() {
        std::vector<Event> events;
        for (Connection &connection : open_)
            for (Live &live : connection.sockets) {
                live.missed = !live.missed && chance(0.02);
                const auto [tx, rx] = counters(connection, live.socket);
                if (!live.missed)
                    events.push_back(live.socket.open(tx, rx));
            }
        std::shuffle(events.begin(), events.end(), random_);
        for (const Event &event : events)
            links.take(event);
        links.end_walk(true);
    }

    void set_spills() { links.set_spills(spills_); }

    std::mt19937 random_;
    double lossy_;
    WallTime now_ = link_start;
    int tick_ = 0;
    std::uint64_t ids_ = 0;
    std::vector<Connection> open_;
    std::vector<Late> late_;
    std::vector<Spill> spills_;
};

void compare(double lossy) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        World world(seed, lossy);
        for (int i = 0; i < 150; ++i)
            world.tick(true);
        world.end();
        CHECK(world.told() == world.truth);
        std::uint64_t connections = 0;
        for (const auto &[link, sum] : world.truth)
            connections += sum.connections;
        CHECK(connections > 1000);
    }
}

} // namespace

TEST_CASE("every link's sums are the truth after thousands of random connections") {
    compare(0.0);
}

TEST_CASE("every link's sums are the truth though closes were lost to spills") {
    compare(0.2);
}
