#include "churn.h"

#include "process.h"

namespace live {

namespace {

int connect_forever(Endpoint to) {
    for (;;) {
        const Socket socket = connect_to({.to = to});
        if (socket.error == 0 && send_bytes({socket.fd, 1}) == 1 &&
            shut_down_writing(socket.fd) == 0)
            receive_all(socket.fd);
        close_socket(socket.fd);
    }
}

} // namespace

int serve_forever(int listener) {
    for (;;) {
        const Socket socket = accept_from(listener);
        receive_all(socket.fd);
        close_socket(socket.fd);
    }
}

std::string client_of(const Socket &listener) {
    std::string command = "'";
    command += self_path() + "' client " + listener.local.address() + ' ';
    return command + std::to_string(listener.local.port);
}

Churn::Churn(int clients) {
    server_.begin(serve_forever, listener_.fd);
    clients_.reserve(static_cast<std::size_t>(clients));
    for (int i = 0; i < clients; ++i)
        clients_.emplace_back("tt-churn").begin(connect_forever, listener_.local);
}

} // namespace live
