// Runs the live suite. Started as `live-tests client ADDRESS PORT` it is a program for
// `tcptrail -- COMMAND` instead: it connects, sends one byte, and waits for the peer's FIN.
// `threaded-client` does so in a thread; `server` tells its port and accepts such a connection.
// `evidence PID 0` tells what a process and its children are doing.
// `ordinary-user` becomes another program (ordinary.h).
//
// Tests with the tag [any-backend] have little to do with how the kernel is asked: of several runs
// with different backends on one kernel, one is enough for them (the others: ~[any-backend]).
#define CATCH_CONFIG_RUNNER
#include "catch.h"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "evidence.h"
#include "ordinary.h"
#include "skip.h"
#include "sockets.h"
#include "tracer.h"

namespace {

#if CATCH_VERSION_MAJOR < 3
using Listener = Catch::TestEventListenerBase;
#else
using Listener = Catch::EventListenerBase;
#endif

class Watch : public Listener {
  public:
    using Listener::Listener;
    void testCaseStarting(const Catch::TestCaseInfo &info) override {
        Listener::testCaseStarting(info);
        live::begin_watch();
    }
    void testCaseEnded(const Catch::TestCaseStats &stats) override {
        live::end_watch();
        Listener::testCaseEnded(stats);
    }
};
CATCH_REGISTER_LISTENER(Watch)

int be_client(const live::Endpoint &server, bool in_thread) {
    const live::Socket socket = live::connect_to({.to = server, .in_thread = in_thread});
    if (socket.error != 0)
        return 1;
    live::send_bytes({socket.fd, 1});
    live::shut_down_writing(socket.fd);
    live::receive_all(socket.fd);
    return live::close_socket(socket.fd);
}

int be_server(const live::Endpoint &at) {
    const live::Socket listener = live::listen_at({.at = at});
    std::cout << "port " << listener.local.port << std::endl;
    const live::Socket socket = live::accept_from(listener.fd);
    live::receive_all(socket.fd);
    return socket.error != 0 || live::close_socket(socket.fd) != 0 ? 1 : 0;
}

// Another program's work, if the words ask for it.
std::optional<int> be_command(const std::vector<std::string> &words) {
    if (!words.empty() && words[0] == "ordinary-user")
        return live::be_ordinary_user(words);
    if (words.size() != 3)
        return std::nullopt;
    if (words[0] == "evidence") {
        std::cout << live::evidence_of_children(std::stoi(words[1])) << std::flush;
        return 0;
    }
    const std::set<std::string> roles = {"client", "threaded-client", "server"};
    if (!roles.contains(words[0]))
        return std::nullopt;
    const live::Endpoint endpoint(words[1], static_cast<std::uint16_t>(std::stoi(words[2])));
    return words[0] == "server" ? be_server(endpoint)
                                : be_client(endpoint, words[0] == "threaded-client");
}

} // namespace

int main(int argc, char **argv) {
    if (const auto status = be_command({argv + 1, argv + argc}))
        return *status;
    std::signal(SIGPIPE, SIG_IGN);
    Catch::Session session;
    int status = session.applyCommandLine(argc, argv);
    if (status != 0)
        return status;
    status = session.run();
    if (live::stop_shared_tracer() != 0) {
        std::cerr << "the shared tracer did not end with 0" << std::endl;
        status = 1;
    }
    std::cout << "skipped: " << live::skipped_count() << std::endl;
    return status;
}
