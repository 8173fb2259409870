// What scripts/bench measures a tracer with: TCP over loopback between two
// processes, and what the whole machine executes meanwhile. The latter is for a
// machine whose clock counts instructions, and jumps where nothing is executed.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t message_size = 100;
constexpr std::size_t bulk_size = 64 << 10;
constexpr std::int64_t bulks_per_mib = (1 << 20) / bulk_size;
constexpr int backlog = 4096;

[[noreturn]] void fail(const char *what) {
    std::perror(what);
    std::_Exit(1);
}

// The result of a system call that may not fail.
template <typename Number> Number check(Number result, const char *what) {
    if (result < 0)
        fail(what);
    return result;
}

std::int64_t clock_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// The number that follows these words, the first time, in a file of /proc.
std::int64_t number_after(const char *path, std::string_view words) {
    std::ifstream file(path);
    std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t at = text.find(words);
    if (at == std::string::npos)
        fail(path);
    return std::strtoll(text.c_str() + at + words.size(), nullptr, 10);
}

std::int64_t executed() {
    return clock_ns() - number_after("/proc/timer_list", ".idle_sleeptime :");
}

// Opened once, it lets both processes of a workload through.
class Gate {
  public:
    Gate() { check(pipe2(ends_.data(), O_CLOEXEC), "pipe"); }
    void open() const { check(write(ends_[1], "..", 2), "open a gate"); }
    void pass() const {
        char byte = 0;
        check(read(ends_[0], &byte, 1), "wait at a gate");
    }

  private:
    std::array<int, 2> ends_{};
};

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listen_on_loopback(sockaddr_in &address) {
    const int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    socklen_t length = sizeof address;
    auto *const at = reinterpret_cast<sockaddr *>(&address);
    check(bind(fd, at, length), "bind");
    check(listen(fd, backlog), "listen");
    check(getsockname(fd, at, &length), "getsockname");
    return fd;
}

int connect_to(const sockaddr_in &address) {
    const int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    check(connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address), "connect");
    return fd;
}

int accept_from(int listener) {
    return check(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
}

void send_all(int fd, std::vector<char> &message) {
    if (check(write(fd, message.data(), message.size()), "write") != std::ssize(message))
        fail("a short write");
}

// False at the end of the stream.
bool receive_all(int fd, std::vector<char> &message) {
    return check(recv(fd, message.data(), message.size(), MSG_WAITALL), "recv") > 0;
}

// Connect, accept, one byte each way, close; COUNT times.
void serve_churn(int listener, std::int64_t count) {
    std::vector<char> byte(1);
    for (std::int64_t i = 0; i < count; i++) {
        const int fd = accept_from(listener);
        receive_all(fd, byte);
        send_all(fd, byte);
        receive_all(fd, byte);
        close(fd);
    }
}

void use_churn(const sockaddr_in &server, std::int64_t count) {
    std::vector<char> byte(1);
    for (std::int64_t i = 0; i < count; i++) {
        const int fd = connect_to(server);
        send_all(fd, byte);
        receive_all(fd, byte);
        close(fd);
    }
}

// COUNT round trips over one connection.
void serve_chatty(int listener, std::int64_t) {
    std::vector<char> message(message_size);
    const int fd = accept_from(listener);
    while (receive_all(fd, message))
        send_all(fd, message);
    close(fd);
}

void use_chatty(const sockaddr_in &server, std::int64_t count) {
    std::vector<char> message(message_size);
    const int fd = connect_to(server);
    for (std::int64_t i = 0; i < count; i++) {
        send_all(fd, message);
        receive_all(fd, message);
    }
    close(fd);
}

// A buffer that the kernel tunes is another size in each run, which alone makes
// up to 2 % of the work.
void fix_buffer(int fd, int option) {
    const int size = bulk_size;
    check(setsockopt(fd, SOL_SOCKET, option, &size, sizeof size), "setsockopt");
}

// COUNT MiB over one connection.
void serve_bulk(int listener, std::int64_t) {
    std::vector<char> data(bulk_size);
    fix_buffer(listener, SO_RCVBUF);
    const int fd = accept_from(listener);
    while (receive_all(fd, data))
        ;
    close(fd);
}

void use_bulk(const sockaddr_in &server, std::int64_t count) {
    std::vector<char> data(bulk_size);
    const int fd = connect_to(server);
    fix_buffer(fd, SO_SNDBUF);
    for (std::int64_t i = 0; i < count * bulks_per_mib; i++)
        send_all(fd, data);
    close(fd);
}

// COUNT connections, left open.
void serve_idle(int listener, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i++)
        accept_from(listener);
}

void use_idle(const sockaddr_in &server, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i++)
        connect_to(server);
}

struct Workload {
    std::string_view name;
    void (*serve)(int listener, std::int64_t count);
    void (*use)(const sockaddr_in &server, std::int64_t count);
    bool counts_work; // or only what comes after it
};

constexpr std::array<Workload, 4> workloads = {{
    {"churn", serve_churn, use_churn, true},
    {"chatty", serve_chatty, use_chatty, true},
    {"bulk", serve_bulk, use_bulk, true},
    {"idle", serve_idle, use_idle, false},
}};

template <typename Work> pid_t start(const Gate &begin, const Gate &done, Work work) {
    const pid_t child = check(fork(), "fork");
    if (child != 0)
        return child;
    begin.pass();
    work();
    done.open();
    pause();
    std::_Exit(0);
}

// Prints the instructions executed, and the nanoseconds that the work took. Then
// runs a command, before the two processes end and with them what is open.
void measure(const Workload &workload, std::int64_t count, std::chrono::seconds after,
             const char *command) {
    sockaddr_in server = loopback();
    const int listener = listen_on_loopback(server);
    Gate begin;
    Gate served;
    Gate used;
    const pid_t server_pid = start(begin, served, [&] { workload.serve(listener, count); });
    const pid_t client_pid = start(begin, used, [&] { workload.use(server, count); });
    std::this_thread::sleep_for(std::chrono::seconds(1));

    std::int64_t before = executed();
    const std::int64_t begun = clock_ns();
    begin.open();
    served.pass();
    used.pass();
    const std::int64_t elapsed = clock_ns() - begun;
    if (!workload.counts_work) {
        std::this_thread::sleep_for(after);
        before = executed();
    }
    std::this_thread::sleep_for(after);
    std::cout << executed() - before << ' ' << elapsed << std::endl;
    if (command != nullptr && std::system(command) != 0)
        fail(command);
    for (const pid_t child : {server_pid, client_pid}) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
    }
}

// Starts a program on a terminal of its own, and prints the nanoseconds until
// it shows a word there. Then ends it.
void time_start(std::string_view word, char **command) {
    const int terminal = check(posix_openpt(O_RDWR | O_CLOEXEC), "posix_openpt");
    check(grantpt(terminal), "grantpt");
    check(unlockpt(terminal), "unlockpt");
    const std::string name = ptsname(terminal);
    const std::int64_t begun = clock_ns();
    const pid_t child = check(fork(), "fork");
    if (child == 0) {
        setsid();
        const int fd = check(open(name.c_str(), O_RDWR), "open a terminal");
        for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            dup2(fd, standard);
        execvp(command[0], command);
        fail(command[0]);
    }
    std::string shown;
    std::array<char, 4096> data{};
    while (shown.find(word) == std::string::npos) {
        const ssize_t size = read(terminal, data.data(), data.size());
        if (size <= 0)
            fail(("it ended with: " + shown).c_str());
        shown.append(data.data(), static_cast<std::size_t>(size));
    }
    std::cout << clock_ns() - begun << std::endl;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

[[noreturn]] void usage() {
    std::fputs("usage: load churn|chatty|bulk|idle COUNT SECONDS_AFTER [COMMAND]\n"
               "       load start WORD COMMAND...\n",
               stderr);
    std::_Exit(2);
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    const char *const end = text.data() + text.size();
    if (const auto [rest, error] = std::from_chars(text.data(), end, value);
        error != std::errc() || rest != end)
        usage();
    return value;
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 4)
        usage();
    const std::string_view what = argv[1];
    if (what == "start") {
        time_start(argv[2], argv + 3);
        return 0;
    }
    for (const Workload &workload : workloads) {
        if (workload.name == what) {
            measure(workload, number(argv[2]), std::chrono::seconds(number(argv[3])), argv[4]);
            return 0;
        }
    }
    usage();
}
