// A process that does what the test tells it, one call after another: the owner of the sockets in
// these tests. It is a fork of the test, so a function's address means the same in both.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "event.h"
#include "sockets.h"

namespace live {

class NetNamespace;

// What an actor is born with besides its name.
struct Birth {
    const NetNamespace *netns = nullptr; // not given: the test's own
    uid_t uid = 0;
    std::string cgroup{};  // a directory of cgroup2; empty: the test's own
    bool own_pids = false; // in a pid namespace of its own, as a container
};

class Actor {
  public:
    explicit Actor(std::string_view name, const Birth &birth = {});
    Actor(Actor &&other) noexcept;
    Actor(const Actor &) = delete;
    Actor &operator=(const Actor &) = delete;
    Actor &operator=(Actor &&) = delete;
    ~Actor(); // ends the process, with whatever it still holds

    pid_t pid() const { return pid_; }
    // What tcptrail should call this process.
    Owner owner() const { return {pid_, name_, static_cast<std::int64_t>(uid_)}; }

    // Runs function(argument) in the actor and returns its result.
    template <typename Result, typename Argument>
    Result call(Result (*function)(Argument), std::type_identity_t<Argument> argument) {
        begin(function, argument);
        return finish<Result>();
    }

    // The same in two steps, for calls that block; nothing else may be called in between.
    template <typename Result, typename Argument>
    void begin(Result (*function)(Argument), std::type_identity_t<Argument> argument);
    template <typename Result> Result finish();

    // The usual calls; the test fails if they do.
    Socket listen(const Endpoint &at, int backlog = 128);
    Socket connect(const Socket &listener, Connect how = {});
    Socket accept(const Socket &listener);
    void send(const Socket &socket, std::int64_t bytes);
    void receive(const Socket &socket, std::int64_t bytes);
    void receive_end(const Socket &socket); // waits for the peer's FIN, without further data
    void shut_down(const Socket &socket);
    void close(const Socket &socket);
    void reset(const Socket &socket);
    void rename(std::string_view name);

    // A child of this process with copies of all its sockets.
    Actor fork(std::string_view name);
    // Hands a copy of the socket to another process over a Unix socket.
    Socket pass(const Socket &socket, Actor &receiver);
    // Ends the process by SIGKILL and waits for that.
    void kill();

  private:
    static constexpr std::size_t value_size = 512;
    using Value = std::array<std::byte, value_size>;
    using Function = void (*)();
    // Knows the types that a Function was cast from.
    using Invoke = void (*)(Function, const std::byte *argument, std::byte *result);
    struct Request {
        Invoke invoke = nullptr; // none: take the descriptor that comes with this request
        Function function = nullptr;
        alignas(16) Value argument{};
    };

    Actor(std::string_view name, pid_t pid, int channel, uid_t uid);
    template <typename Result, typename Argument>
    static void invoke(Function function, const std::byte *argument, std::byte *result);
    [[noreturn]] static void serve(int channel);
    static pid_t fork_server(int channel);
    void send_request(const Request &request);
    Value receive_reply();
    int adopt(int fd); // gives the actor a copy of the test's descriptor; its number there

    std::string name_;
    pid_t pid_ = -1;
    int channel_ = -1;
    uid_t uid_ = 0;
};

template <typename Result, typename Argument>
void Actor::invoke(Function function, const std::byte *argument, std::byte *result) {
    Argument value;
    std::memcpy(&value, argument, sizeof value);
    const Result answer = reinterpret_cast<Result (*)(Argument)>(function)(value);
    std::memcpy(result, &answer, sizeof answer);
}

template <typename Result, typename Argument>
void Actor::begin(Result (*function)(Argument), std::type_identity_t<Argument> argument) {
    static_assert(std::is_trivially_copyable_v<Result> && sizeof(Result) <= value_size);
    static_assert(std::is_trivially_copyable_v<Argument> && sizeof(Argument) <= value_size);
    Request request;
    request.invoke = &Actor::invoke<Result, Argument>;
    request.function = reinterpret_cast<Function>(function);
    std::memcpy(request.argument.data(), &argument, sizeof argument);
    send_request(request);
}

template <typename Result> Result Actor::finish() {
    const Value value = receive_reply();
    Result result;
    std::memcpy(&result, value.data(), sizeof result);
    return result;
}

// One connection, both ends of it.
struct Pair {
    Socket client;
    Socket server;
};

// Listens at `at` in the server, connects from the client, accepts in the server.
Pair converse(Actor &client, Actor &server, const Endpoint &at = loopback4);
// The same with a listener that is there already.
Pair converse_with(Actor &client, Actor &server, const Socket &listener);
// Moves so many bytes to the server, then to the client, until they are read and acknowledged.
void exchange(Actor &client, Actor &server, const Pair &pair, std::int64_t to_server,
              std::int64_t to_client);
// Ends the connection, the client first, and returns when nothing of it is on its way any more.
void hang_up(Actor &client, Actor &server, const Pair &pair);
// Begins and ends a connection of two actors that nobody asks about.
void make_a_connection();

} // namespace live
