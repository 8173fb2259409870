// More connections at a time than the first of the kernel's two tables has room for.
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "actor.h"
#include "catch.h"
#include "tracer.h"

using namespace live;

namespace {

// Two sockets each: 4,400, where the first table ends at 4,096.
constexpr int crowd = 2200;
constexpr std::int64_t bytes_each = 3;

// In an actor's process.
std::vector<int> open_sockets; // NOLINT: what one call opens the next ones use

void make_room_for_sockets() {
    constexpr rlim_t wanted = crowd + 100;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max(limit.rlim_cur, wanted);
    limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct Arrival {
    Endpoint server;
    int listener = -1;
    int count = 0;
};

int connect_all(Arrival arrival) {
    make_room_for_sockets();
    int done = 0;
    for (int i = 0; i < arrival.count; ++i) {
        const Socket socket = connect_to({.to = arrival.server});
        if (socket.error == 0 && send_bytes({socket.fd, bytes_each}) == bytes_each)
            ++done;
        open_sockets.push_back(socket.fd);
    }
    return done;
}

int accept_all(Arrival arrival) {
    make_room_for_sockets();
    int done = 0;
    for (int i = 0; i < arrival.count; ++i) {
        const Socket socket = accept_from(arrival.listener);
        if (receive_bytes({socket.fd, bytes_each}) == bytes_each)
            ++done;
        open_sockets.push_back(socket.fd);
    }
    return done;
}

int send_on_all(int) {
    return static_cast<int>(std::count_if(open_sockets.begin(), open_sockets.end(), [](int fd) {
        return send_bytes({fd, bytes_each}) == bytes_each;
    }));
}

int close_all(int) {
    for (const int fd : open_sockets)
        close_socket(fd);
    return static_cast<int>(open_sockets.size());
}

void arrive(Actor &client, Actor &server, const Socket &listener, int count) {
    const Arrival arrival{listener.local, listener.fd, count};
    server.begin(accept_all, arrival);
    client.begin(connect_all, arrival);
    REQUIRE(client.finish<int>() == count);
    REQUIRE(server.finish<int>() == count);
}

void run_in(Actor &actor, int (*function)(int)) {
    actor.begin(function, 0);
    REQUIRE(actor.finish<int>() == crowd);
}

} // namespace

TEST_CASE("of more connections than the first table holds links is exact as well",
          "[any-backend]") {
    Actor client("tt-client");
    Actor server("tt-server");
    const Socket listener = server.listen(loopback4);
    arrive(client, server, listener, crowd / 2);
    Tracer tracer({"links", "0.2", "-P", std::to_string(listener.local.port)});
    // A program that an interrupt's packets find at work on this CPU is skipped for them.
    tracer.expect_losses();
    arrive(client, server, listener, crowd - crowd / 2);
    const auto table_is = [&](std::int64_t open, std::int64_t tx) {
        return tracer.wait_for_table([&](const Table &table) {
            const Link all = sum(table);
            return all.connections == crowd && all.open == open && all.tx_bytes == tx;
        });
    };
    // Bytes of before the start do not count.
    const std::int64_t arrived = bytes_each * (crowd - crowd / 2);
    CHECK(table_is(crowd, arrived));
    run_in(client, send_on_all);
    CHECK(table_is(crowd, arrived + bytes_each * crowd));
    run_in(client, close_all);
    run_in(server, close_all);
    CHECK(table_is(0, arrived + bytes_each * crowd));
    CHECK(tracer.stop() == 0);
}
