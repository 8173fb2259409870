#include "burst.h"

#include <unistd.h>

#include "catch.h"

namespace live {

namespace {

struct ClientPart {
    Endpoint server;
    int count = 0;
};

int be_client(ClientPart part) {
    int done = 0;
    for (int i = 0; i < part.count; ++i) {
        const Socket socket = connect_to({.to = part.server});
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

} // namespace

void run_burst(Actor &client, Actor &server, int count, const Socket &listener) {
    server.begin(be_server, {listener.fd, count});
    client.begin(be_client, {listener.local, count});
    const int opened = client.finish<int>();
    const int served = server.finish<int>();
    REQUIRE(opened == count);
    REQUIRE(served == count);
}

Endpoint run_burst(Actor &client, Actor &server, int count) {
    const Socket listener = server.listen(loopback4);
    run_burst(client, server, count, listener);
    return listener.local;
}

} // namespace live
