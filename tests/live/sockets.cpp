#include "sockets.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include "process.h"

namespace live {

namespace {

constexpr int patience_ms = std::chrono::milliseconds(patience).count();

void set_option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof value);
}

Socket describe(int fd, int error) {
    Socket result{fd, error, {}, {}};
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr *>(&address), &length) == 0)
        result.local = Endpoint(address);
    length = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr *>(&address), &length) == 0)
        result.remote = Endpoint(address);
    return result;
}

int bind_to(int fd, const Endpoint &at) {
    sockaddr_storage address{};
    const socklen_t length = at.fill(address);
    return bind(fd, reinterpret_cast<sockaddr *>(&address), length) == 0 ? 0 : errno;
}

// A socket whose FIN is acknowledged while close() is still at work on it stays in FIN_WAIT2 for
// a timer's time (net/ipv4/tcp_input.c:tcp_rcv_state_process): by default the 60 s of
// tcp_fin_timeout, longer than a test waits for its close. Accepted ones have it of the listener.
void shorten_fin_wait(int fd) {
    set_option(fd, IPPROTO_TCP, TCP_LINGER2, 1);
}

template <typename Function> auto run_in_thread(Function function) {
    decltype(function()) result{};
    std::thread([&] {
        prctl(PR_SET_NAME, thread_name);
        result = function();
    }).join();
    return result;
}

// Has SIGALRM interrupt system calls, once, after this time.
void interrupt_after(int milliseconds) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, nullptr); // without SA_RESTART
    itimerval timer{};
    timer.it_value.tv_usec = milliseconds * 1000L;
    setitimer(ITIMER_REAL, &timer, nullptr);
}

template <typename Condition> int wait_until(Condition condition) {
    return eventually(condition) ? 0 : ETIMEDOUT;
}

// Calls move(buffer, size) until `bytes` have moved or it fails.
template <typename Move> std::int64_t move_all(std::int64_t bytes, Move move) {
    std::vector<char> buffer(64 << 10, 'x');
    std::int64_t moved = 0;
    while (moved < bytes) {
        const auto wanted = std::min<std::int64_t>(bytes - moved, std::ssize(buffer));
        const ssize_t count = move(buffer.data(), static_cast<std::size_t>(wanted));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        moved += count;
    }
    return moved;
}

} // namespace

Socket listen_at(Listen how) {
    const int fd = socket(how.at.sock_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (how.at.sock_family() == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    shorten_fin_wait(fd);
    int error = bind_to(fd, how.at);
    if (error == 0 && listen(fd, how.backlog) != 0)
        error = errno;
    return describe(fd, error);
}

Socket connect_to(Connect how) {
    const int fd =
        how.fd >= 0 ? how.fd : socket(how.to.sock_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    shorten_fin_wait(fd);
    if (!how.blocking)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (how.give_up_ms != 0)
        set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, how.give_up_ms);
    if (!how.from.empty()) {
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (const int error = bind_to(fd, how.from))
            return describe(fd, error);
    }
    const auto connect_now = [&] {
        sockaddr_storage address{};
        const socklen_t length = how.to.fill(address);
        const auto *to = reinterpret_cast<const sockaddr *>(&address);
        if (how.fast_open)
            return sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to, length) == 1 ? 0 : errno;
        return connect(fd, to, length) == 0 ? 0 : errno;
    };
    if (how.interrupt_ms != 0)
        interrupt_after(how.interrupt_ms);
    const int error = how.in_thread ? run_in_thread(connect_now) : connect_now();
    Socket result = describe(fd, error);
    if (result.remote.empty())
        result.remote = how.to;
    return result;
}

int finish_connect(int fd) {
    pollfd writable{fd, POLLOUT, 0};
    if (poll(&writable, 1, patience_ms) != 1)
        return EINPROGRESS;
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return error;
}

Socket accept_from(int listener) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd = accept4(listener, reinterpret_cast<sockaddr *>(&peer), &length, SOCK_CLOEXEC);
    if (fd < 0)
        return {-1, errno, {}, {}};
    Socket result = describe(fd, 0);
    result.remote = Endpoint(peer); // getpeername knows no peer that has reset the connection
    return result;
}

Socket accept_in_thread(int listener) {
    return run_in_thread([&] { return accept_from(listener); });
}

std::int64_t send_bytes(Transfer what) {
    return move_all(what.bytes, [&](const char *data, std::size_t size) {
        return send(what.fd, data, size, MSG_NOSIGNAL);
    });
}

std::int64_t receive_bytes(Transfer what) {
    return move_all(what.bytes,
                    [&](char *data, std::size_t size) { return recv(what.fd, data, size, 0); });
}

std::int64_t write_bytes(Transfer what) {
    return move_all(what.bytes,
                    [&](const char *data, std::size_t size) { return write(what.fd, data, size); });
}

std::int64_t read_bytes(Transfer what) {
    return move_all(what.bytes,
                    [&](char *data, std::size_t size) { return read(what.fd, data, size); });
}

std::int64_t send_file(Transfer what) {
    const int file = memfd_create("payload", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, what.bytes) != 0)
        return -1;
    const std::int64_t sent = move_all(what.bytes, [&](const char *, std::size_t size) {
        return sendfile(what.fd, file, nullptr, size);
    });
    close(file);
    return sent;
}

std::int64_t receive_all(int fd) {
    return receive_bytes({fd, INT64_MAX});
}

int wait_acknowledged(int fd) {
    return wait_until([&] {
        int unacknowledged = 0;
        return ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0;
    });
}

int wait_readable(Transfer what) {
    return wait_until([&] {
        int unread = 0;
        return ioctl(what.fd, FIONREAD, &unread) == 0 && unread >= what.bytes;
    });
}

int wait_acceptable(int listener) {
    return wait_until([&] {
        pollfd watched{listener, POLLIN, 0};
        return poll(&watched, 1, 0) == 1;
    });
}

int wait_for_state(InState wanted) {
    return wait_until([&] {
        tcp_info info{};
        socklen_t length = sizeof info;
        return getsockopt(wanted.fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
               info.tcpi_state == wanted.state;
    });
}

int close_socket(int fd) {
    return close(fd) == 0 ? 0 : errno;
}

int shut_down_writing(int fd) {
    return shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
}

int reset_socket(int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return close_socket(fd);
}

int start_shell_on(int fd) {
    const int child = fork();
    if (child == 0) {
        dup2(fd, STDIN_FILENO);
        dup2(fd, STDOUT_FILENO);
        close(fd);
        execl("/bin/sh", "sh", "-c", "read line; echo answer", nullptr);
        _exit(1);
    }
    return child;
}

int send_descriptor(Handover what) {
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &what.fd, sizeof what.fd);
    return sendmsg(what.channel, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

int receive_descriptor(int channel) {
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    const cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
        return -1;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

int connect_udp(Endpoint to) {
    const int fd = socket(to.sock_family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    const socklen_t length = to.fill(address);
    if (connect(fd, reinterpret_cast<sockaddr *>(&address), length) != 0) {
        close(fd);
        return -1;
    }
    send(fd, "datagram", 8, MSG_NOSIGNAL);
    return fd;
}

int converse_over_unix(int) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // An abstract name: no file is left behind.
    std::memcpy(address.sun_path + 1, "tcptrail-live", 13);
    const socklen_t length = offsetof(sockaddr_un, sun_path) + 14;
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = 0;
    if (bind(listener, reinterpret_cast<sockaddr *>(&address), length) != 0 ||
        listen(listener, 1) != 0 ||
        connect(client, reinterpret_cast<sockaddr *>(&address), length) != 0)
        error = errno;
    const int server = error == 0 ? accept(listener, nullptr, nullptr) : -1;
    if (error == 0 && (send(client, "x", 1, MSG_NOSIGNAL) != 1 || server < 0))
        error = errno;
    for (const int fd : {server, client, listener})
        close(fd);
    return error;
}

int open_and_close(Endpoint at) {
    if (at.port != 0) {
        const Socket listener = listen_at({.at = at});
        close(listener.fd);
        return listener.error;
    }
    const int fd = socket(at.sock_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    return close_socket(fd);
}

} // namespace live
