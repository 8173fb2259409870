#include "actor.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include "catch.h"
#include "namespaces.h"
#include "process.h"

namespace live {

namespace {

// What an actor's call may take, in the slowest of the virtual machines.
constexpr int patience_ms = 300'000;

// In an actor: its end of the channel to the test.
int own_channel = -1;

struct Name {
    std::array<char, 16> text{};
    explicit Name(std::string_view name) { name.copy(text.data(), text.size() - 1); }
    Name() = default;
};

int rename_self(Name name) {
    return prctl(PR_SET_NAME, name.text.data());
}

std::pair<int, int> make_channel() {
    int ends[2];
    throw_unless(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    return {ends[0], ends[1]};
}

void become(const Birth &birth) {
    if (!birth.cgroup.empty())
        write_file(birth.cgroup + "/cgroup.procs", std::to_string(getpid()));
    if (birth.netns != nullptr)
        birth.netns->enter();
    if (birth.uid != 0)
        throw_unless(setresuid(birth.uid, birth.uid, birth.uid) == 0, "setresuid");
}

} // namespace

Actor::Actor(std::string_view name, const Birth &birth) : name_(name), uid_(birth.uid) {
    const auto [ours, theirs] = make_channel();
    channel_ = ours;
    pid_ = birth.own_pids ? fork_into_pid_namespace() : ::fork();
    throw_unless(pid_ >= 0, "fork");
    if (pid_ == 0) {
        try {
            become(birth);
        } catch (const std::exception &failure) {
            perror(failure.what());
            _exit(1);
        }
        rename_self(Name(name));
        serve(theirs);
    }
    ::close(theirs);
    // Once the actor answers, it has its name.
    call(rename_self, Name(name));
}

Actor::Actor(std::string_view name, pid_t pid, int channel, uid_t uid)
    : name_(name), pid_(pid), channel_(channel), uid_(uid) {
    rename(name);
}

Actor::Actor(Actor &&other) noexcept
    : name_(std::move(other.name_)), pid_(std::exchange(other.pid_, -1)),
      channel_(std::exchange(other.channel_, -1)), uid_(other.uid_) {}

Actor::~Actor() {
    if (pid_ > 0)
        kill();
}

void Actor::kill() {
    // An actor forked by an actor is not our child to wait for; that its end of the channel is gone
    // tells the same.
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pollfd gone{channel_, POLLHUP, 0};
    poll(&gone, 1, patience_ms);
    ::close(channel_);
    pid_ = channel_ = -1;
}

void Actor::serve(int channel) {
    // Nothing of the test's or the parent's channels may stay open here; a parent actor's sockets
    // are inherited on purpose.
    if (own_channel >= 0) {
        ::close(own_channel);
    } else {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close_range(3, static_cast<unsigned>(channel) - 1, 0);
        close_range(static_cast<unsigned>(channel) + 1, ~0U, 0);
    }
    own_channel = channel;
    for (;;) {
        Request request;
        if (recv(channel, &request, sizeof request, MSG_PEEK) <= 0)
            _exit(0);
        Value result{};
        // A descriptor comes with a single byte of 0, too short to be a request.
        if (request.invoke == nullptr) {
            const int fd = receive_descriptor(channel);
            std::memcpy(result.data(), &fd, sizeof fd);
        } else {
            recv(channel, &request, sizeof request, 0);
            request.invoke(request.function, request.argument.data(), result.data());
        }
        if (::send(channel, result.data(), result.size(), MSG_NOSIGNAL) < 0)
            _exit(0);
    }
}

pid_t Actor::fork_server(int channel) {
    const pid_t child = ::fork();
    if (child == 0)
        serve(channel);
    ::close(channel);
    return child;
}

void Actor::send_request(const Request &request) {
    throw_unless(::send(channel_, &request, sizeof request, MSG_NOSIGNAL) > 0,
                 name_ + ": call to an actor");
}

Actor::Value Actor::receive_reply() {
    pollfd readable{channel_, POLLIN, 0};
    if (poll(&readable, 1, patience_ms) != 1)
        FAIL(name_ << " does not come back from a call");
    Value value;
    throw_unless(recv(channel_, value.data(), value.size(), 0) > 0, name_ + ": result of a call");
    return value;
}

int Actor::adopt(int fd) {
    throw_unless(send_descriptor({channel_, fd}) == 0, "send_descriptor");
    return finish<int>();
}

Socket Actor::listen(const Endpoint &at, int backlog) {
    const Socket listener = call(listen_at, {at, backlog});
    INFO(name_ << " listens at " << at);
    REQUIRE(listener.error == 0);
    return listener;
}

Socket Actor::connect(const Socket &listener, Connect how) {
    if (how.to.empty())
        how.to = listener.local;
    const Socket socket = call(connect_to, how);
    INFO(name_ << " connects to " << how.to);
    REQUIRE(socket.error == 0);
    return socket;
}

Socket Actor::accept(const Socket &listener) {
    const Socket socket = call(accept_from, listener.fd);
    INFO(name_ << " accepts");
    REQUIRE(socket.error == 0);
    return socket;
}

void Actor::send(const Socket &socket, std::int64_t bytes) {
    INFO(name_ << " sends");
    const auto sent = call(send_bytes, {socket.fd, bytes});
    REQUIRE(sent == bytes);
}

void Actor::receive(const Socket &socket, std::int64_t bytes) {
    INFO(name_ << " receives");
    const auto received = call(receive_bytes, {socket.fd, bytes});
    REQUIRE(received == bytes);
}

void Actor::receive_end(const Socket &socket) {
    INFO(name_ << " waits for the end of the stream");
    const auto received = call(receive_all, socket.fd);
    REQUIRE(received == 0);
}

void Actor::shut_down(const Socket &socket) {
    REQUIRE(call(shut_down_writing, socket.fd) == 0);
}

void Actor::close(const Socket &socket) {
    REQUIRE(call(close_socket, socket.fd) == 0);
}

void Actor::reset(const Socket &socket) {
    REQUIRE(call(reset_socket, socket.fd) == 0);
}

void Actor::rename(std::string_view name) {
    REQUIRE(call(rename_self, Name(name)) == 0);
    name_ = name;
}

Actor Actor::fork(std::string_view name) {
    const auto [ours, theirs] = make_channel();
    const int channel = adopt(theirs);
    ::close(theirs);
    const pid_t child = call(&Actor::fork_server, channel);
    throw_unless(child > 0, "fork in an actor");
    return {name, child, ours, uid_};
}

Socket Actor::pass(const Socket &socket, Actor &receiver) {
    const auto [from, to] = make_channel();
    const int sender_end = adopt(from);
    const int receiver_end = receiver.adopt(to);
    ::close(from);
    ::close(to);
    REQUIRE(call(send_descriptor, {sender_end, socket.fd}) == 0);
    Socket copy = socket;
    copy.fd = receiver.call(receive_descriptor, receiver_end);
    REQUIRE(copy.fd >= 0);
    call(close_socket, sender_end);
    receiver.call(close_socket, receiver_end);
    return copy;
}

Pair converse(Actor &client, Actor &server, const Endpoint &at) {
    return converse_with(client, server, server.listen(at));
}

Pair converse_with(Actor &client, Actor &server, const Socket &listener) {
    Pair pair;
    pair.client = client.connect(listener);
    pair.server = server.accept(listener);
    return pair;
}

void exchange(Actor &client, Actor &server, const Pair &pair, std::int64_t to_server,
              std::int64_t to_client) {
    const auto move = [](Actor &from, const Socket &source, Actor &to, const Socket &sink,
                         std::int64_t bytes) {
        to.begin(read_bytes, {sink.fd, bytes});
        CHECK(from.call(write_bytes, {source.fd, bytes}) == bytes);
        CHECK(to.finish<std::int64_t>() == bytes);
        REQUIRE(from.call(wait_acknowledged, source.fd) == 0);
    };
    move(client, pair.client, server, pair.server, to_server);
    move(server, pair.server, client, pair.client, to_client);
}

void hang_up(Actor &client, Actor &server, const Pair &pair) {
    client.shut_down(pair.client);
    server.receive_end(pair.server);
    server.shut_down(pair.server);
    client.receive_end(pair.client);
    REQUIRE(client.call(wait_for_state, {pair.client.fd, TCP_CLOSE}) == 0);
    REQUIRE(server.call(wait_for_state, {pair.server.fd, TCP_CLOSE}) == 0);
    client.close(pair.client);
    server.close(pair.server);
}

void make_a_connection() {
    Actor client("tt-client");
    Actor server("tt-server");
    const Pair pair = converse(client, server);
    client.close(pair.client);
    server.close(pair.server);
}

} // namespace live
