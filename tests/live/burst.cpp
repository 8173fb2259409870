#include "burst.h"

#include <unistd.h>

#include "catch.h"

namespace live {

namespace {

struct ClientPart {
    Endpoint server;
    int count = 0;
    bool scattered = false; // each from another address
};

int be_client(ClientPart part) {
    int done = 0;
    for (int i = 0; i < part.count; ++i) {
        Connect how{.to = part.server};
        if (part.scattered)
            how.from =
                Endpoint("127.1." + std::to_string(i / 200) + '.' + std::to_string(1 + i % 200));
        const Socket socket = connect_to(how);
        if (socket.error == 0 && send_bytes({socket.fd, 1}) == 1 &&
            shut_down_writing(socket.fd) == 0 && receive_all(socket.fd) == 0)
            ++done;
        close_socket(socket.fd);
    }
    return done;
}

struct ServerPart {
    int listener = -1;
    int count = 0;
};

int be_server(ServerPart part) {
    int done = 0;
    for (int i = 0; i < part.count; ++i) {
        const Socket socket = accept_from(part.listener);
        if (receive_all(socket.fd) == 1)
            ++done;
        close_socket(socket.fd);
    }
    return done;
}

void run(Actor &client, const ClientPart &part, Actor &server, const Socket &listener) {
    server.begin(be_server, {listener.fd, part.count});
    client.begin(be_client, part);
    const int opened = client.finish<int>();
    const int served = server.finish<int>();
    REQUIRE(opened == part.count);
    REQUIRE(served == part.count);
}

} // namespace

void run_burst(Actor &client, Actor &server, int count, const Socket &listener) {
    run(client, {listener.local, count}, server, listener);
}

void run_scattered_burst(Actor &client, Actor &server, int count, const Socket &listener) {
    run(client, {listener.local, count, true}, server, listener);
}

Endpoint run_burst(Actor &client, Actor &server, int count) {
    const Socket listener = server.listen(loopback4);
    run_burst(client, server, count, listener);
    return listener.local;
}

} // namespace live
