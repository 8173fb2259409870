#include "traffic.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "actor.h"
#include "process.h"

namespace live {

namespace {

enum class Ending : std::uint8_t {
    client_closes,
    server_closes,
    half_close, // the client's FIN goes before the answer
    client_resets,
    server_resets,
    refused,
};
constexpr int orderly_endings = 3;
constexpr int established_endings = 5;

// The first bytes of what a client sends; they count.
struct Request {
    std::uint32_t bytes = 0; // of all the request
    std::uint32_t answer = 0;
    Ending ending{};
};

// One socket's end.
struct Fact {
    bool client = false;
    std::uint8_t family = 0;
    std::uint16_t lport = 0;
    std::uint16_t rport = 0;
    pid_t pid = 0;
    std::int64_t tx_bytes = 0;
    std::int64_t rx_bytes = 0;
    const char *end = ""; // the same address in every fork
};

struct Facts {
    static constexpr std::size_t room = 4'000'000; // only what is used takes memory
    std::atomic<std::size_t> count;
    std::array<Fact, room> all;
};

Facts *facts; // NOLINT: shared by all processes

constexpr std::size_t server_count = 8;
constexpr std::size_t first_forking = 6; // from there on servers fork

struct ClientPart {
    std::uint32_t seed = 0;
    int seconds = 0;
    std::array<std::uint16_t, server_count> ports{}; // of even ones over IPv4
    std::uint16_t closed_port = 0;
};

struct Result {
    std::int64_t done = 0;
    std::int64_t refused = 0;
    std::int64_t failed = 0;
};

std::array<char, 65536> buffer; // NOLINT: each process has its own

bool send_all(int fd, std::size_t bytes) {
    while (bytes > 0) {
        const ssize_t count = send(fd, buffer.data(), std::min(bytes, buffer.size()), MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        bytes -= static_cast<std::size_t>(count);
    }
    return true;
}

bool take_all(int fd, std::size_t bytes) {
    while (bytes > 0) {
        const ssize_t count = recv(fd, buffer.data(), std::min(bytes, buffer.size()), 0);
        if (count <= 0)
            return false;
        bytes -= static_cast<std::size_t>(count);
    }
    return true;
}

bool at_end(int fd) {
    return recv(fd, buffer.data(), 1, 0) == 0;
}

bool is_reset(int fd) {
    return recv(fd, buffer.data(), 1, 0) < 0 && errno == ECONNRESET;
}

bool all_acknowledged(int fd) {
    int left = 1;
    while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0)
        usleep(500);
    return left == 0;
}

void state(const Socket &socket, bool client, std::int64_t tx, std::int64_t rx, const char *end) {
    const std::size_t slot = facts->count.fetch_add(1);
    facts->all.at(slot) = {client,
                           static_cast<std::uint8_t>(socket.local.family()),
                           socket.local.port,
                           socket.remote.port,
                           getpid(),
                           tx,
                           rx,
                           end};
}

// A client that will reset sends a last byte, so that the answer is acknowledged by then.
std::size_t extra_bytes(Ending ending) {
    return ending == Ending::client_resets ? 1 : 0;
}

int serve(const Socket &socket) {
    const int fd = socket.fd;
    Request request;
    const bool asked = recv(fd, &request, sizeof request, MSG_WAITALL) == sizeof request &&
                       take_all(fd, request.bytes - sizeof request);
    const Ending ending = request.ending;
    bool good = asked && (ending != Ending::half_close || at_end(fd)) &&
                send_all(fd, request.answer) && take_all(fd, extra_bytes(ending));
    const char *end = "remote";
    if (ending == Ending::client_resets) {
        good = good && is_reset(fd);
        end = "remote-reset";
        close_socket(fd);
    } else if (ending == Ending::server_resets) {
        good = good && all_acknowledged(fd);
        end = "local-reset";
        reset_socket(fd);
    } else {
        if (ending == Ending::server_closes)
            end = "local";
        else if (ending == Ending::client_closes)
            good = good && at_end(fd);
        close_socket(fd);
    }
    state(socket, false, request.answer,
          static_cast<std::int64_t>(request.bytes + extra_bytes(ending)), good ? end : "broken");
    return 0;
}

int serve_all(int listener) {
    for (;;)
        serve(accept_from(listener));
}

// A worker begins when it alone holds the socket: its close is then the last.
int fork_for_all(int listener) {
    std::signal(SIGCHLD, SIG_IGN); // nobody waits for the workers
    for (;;) {
        const Socket socket = accept_from(listener);
        int ends[2];
        throw_unless(pipe(ends) == 0, "pipe");
        if (fork() == 0) {
            close(ends[1]);
            char nothing = 0;
            while (read(ends[0], &nothing, 1) > 0) {
            }
            serve(socket);
            _exit(0);
        }
        for (const int fd : {socket.fd, ends[0], ends[1]})
            close(fd);
    }
}

bool converse_as_client(const Socket &socket, const Request &request) {
    const int fd = socket.fd;
    const Ending ending = request.ending;
    bool good = socket.error == 0 &&
                send(fd, &request, sizeof request, MSG_NOSIGNAL) == sizeof request &&
                send_all(fd, request.bytes - sizeof request);
    if (ending == Ending::half_close)
        good = good && shut_down_writing(fd) == 0;
    good = good && take_all(fd, request.answer) && send_all(fd, extra_bytes(ending));
    const char *end = "local";
    if (ending == Ending::client_resets) {
        good = good && all_acknowledged(fd);
        end = "local-reset";
        reset_socket(fd);
    } else {
        if (ending == Ending::server_resets) {
            good = good && is_reset(fd);
            end = "remote-reset";
        } else if (ending == Ending::server_closes) {
            good = good && at_end(fd);
            end = "remote";
        } else if (ending == Ending::half_close) {
            good = good && at_end(fd);
        }
        close_socket(fd);
    }
    state(socket, true, static_cast<std::int64_t>(request.bytes + extra_bytes(ending)),
          request.answer, good ? end : "broken");
    return good;
}

// Bound beforehand: the port of a socket that was refused cannot be asked for.
bool be_refused(const Endpoint &to) {
    const int fd = ::socket(to.sock_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    socklen_t length = Endpoint(to.address()).fill(address);
    bind(fd, reinterpret_cast<sockaddr *>(&address), length);
    length = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr *>(&address), &length);
    Socket socket{fd, 0, Endpoint(address), to};
    length = to.fill(address);
    const bool refused =
        ::connect(fd, reinterpret_cast<sockaddr *>(&address), length) < 0 && errno == ECONNREFUSED;
    close(fd);
    state(socket, true, 0, 0, refused ? "refused" : "broken");
    return refused;
}

// Bound, of both families, and never listening: whoever connects to it is refused.
std::uint16_t hold_port(int) {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t length = sizeof address;
    bind(fd, reinterpret_cast<sockaddr *>(&address), length);
    getsockname(fd, reinterpret_cast<sockaddr *>(&address), &length);
    return ntohs(address.sin6_port);
}

Result be_client(ClientPart part) {
    std::minstd_rand random(part.seed);
    const auto below = [&random](std::uint32_t limit) {
        return static_cast<std::uint32_t>(random() >> 4) % limit;
    };
    Result result;
    const std::time_t end = std::time(nullptr) + part.seconds;
    while (std::time(nullptr) < end && facts->count < Facts::room - 1000) {
        const std::size_t chosen = below(server_count);
        const Endpoint &at = chosen % 2 == 0 ? loopback4 : loopback6;
        if (below(20) == 0) {
            be_refused(at.with_port(part.closed_port)) ? ++result.refused : ++result.failed;
            continue;
        }
        Request request;
        const std::uint32_t limit = below(50) == 0 ? 200'000 : 2000;
        request.bytes = static_cast<std::uint32_t>(sizeof request) + below(limit);
        request.answer = 1 + below(limit);
        // A worker that only ever is reset is not known to have served.
        request.ending = static_cast<Ending>(
            below(chosen < first_forking ? established_endings : orderly_endings));
        const Socket socket = connect_to({.to = at.with_port(part.ports.at(chosen))});
        converse_as_client(socket, request) ? ++result.done : ++result.failed;
    }
    return result;
}

std::string line_of(const Fact &fact) {
    std::string line = fact.client ? "client" : "server";
    for (const std::int64_t number :
         {std::int64_t{fact.family}, std::int64_t{fact.lport}, std::int64_t{fact.rport},
          std::int64_t{fact.pid}, fact.tx_bytes, fact.rx_bytes})
        line += ',' + std::to_string(number);
    return line + ',' + fact.end;
}

} // namespace

struct Traffic::Servers {
    std::vector<Actor> actors;
    ClientPart part;
};

Traffic::Traffic() : servers_(std::make_unique<Servers>()) {
    void *memory = mmap(nullptr, sizeof(Facts), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    throw_unless(memory != MAP_FAILED, "mmap");
    facts = new (memory) Facts; // no element is touched
    for (std::size_t i = 0; i < server_count; ++i) {
        Actor &server = servers_->actors.emplace_back("tt-server");
        const Socket listener = server.listen(i % 2 == 0 ? loopback4 : loopback6);
        servers_->part.ports.at(i) = listener.local.port;
        ports_ += std::to_string(listener.local.port) + ',';
        if (i < first_forking) {
            Actor second = server.fork("tt-second");
            second.begin(serve_all, listener.fd);
            server.begin(serve_all, listener.fd);
            servers_->actors.push_back(std::move(second));
        } else {
            server.begin(fork_for_all, listener.fd);
        }
    }
    Actor &holder = servers_->actors.emplace_back("tt-holder");
    servers_->part.closed_port = holder.call(hold_port, 0);
    ports_ += std::to_string(servers_->part.closed_port);
}

Traffic::~Traffic() {
    servers_.reset();
    munmap(facts, sizeof(Facts));
}

Truth Traffic::run(int clients, int seconds) {
    std::vector<Actor> actors;
    actors.reserve(static_cast<std::size_t>(clients));
    for (int i = 0; i < clients; ++i) {
        ClientPart part = servers_->part;
        part.seed = static_cast<std::uint32_t>(i + 1);
        part.seconds = seconds;
        actors.emplace_back("tt-client-" + std::to_string(i)).begin(be_client, part);
    }
    Truth truth;
    for (Actor &actor : actors) {
        const auto result = actor.finish<Result>();
        truth.connections += result.done + result.refused;
        truth.refused += result.refused;
        truth.failures += result.failed;
    }
    const auto expected = static_cast<std::size_t>(2 * truth.connections - truth.refused);
    eventually([&] { return facts->count >= expected; });
    for (std::size_t i = 0; i < facts->count; ++i) {
        const Fact &fact = facts->all.at(i);
        truth.lines[line_of(fact)]++;
        if (fact.client)
            truth.tx_bytes += fact.tx_bytes;
        else
            truth.rx_bytes += fact.tx_bytes;
    }
    return truth;
}

} // namespace live
