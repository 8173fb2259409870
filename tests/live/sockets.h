// What a process can do with TCP sockets, as functions from plain value to plain value: an Actor
// runs them in another process. They never throw; `error` is an errno.
#pragma once

#include <cstdint>

#include "endpoint.h"

namespace live {

struct Socket {
    int fd = -1;
    int error = 0;
    Endpoint local;
    Endpoint remote;

    // The same connection seen from its other end.
    Socket mirrored() const { return {-1, 0, remote, local}; }
};

struct Listen {
    Endpoint at;
    int backlog = 128;
};
Socket listen_at(Listen how);

struct Connect {
    Endpoint to{};
    Endpoint from{};        // empty: the kernel chooses
    bool blocking = true;   // if not, the result's error is EINPROGRESS
    bool in_thread = false; // call connect(2) in a thread of another name
    bool fast_open = false; // open by sendto(2) with MSG_FASTOPEN, and send one byte
    int interrupt_ms = 0;   // a signal interrupts connect(2) after that time
    int give_up_ms = 0;     // TCP_USER_TIMEOUT; 0: the kernel's own patience
    int fd = -1;            // a socket that was used before; -1: a new one
};
Socket connect_to(Connect how);

// Waits until a non-blocking connect is over; the errno it ended with.
int finish_connect(int fd);

Socket accept_from(int listener);
Socket accept_in_thread(int listener); // in a thread of another name

// The name of the threads above; no event may show it.
inline constexpr const char *thread_name = "tt-thread";

struct Transfer {
    int fd = -1;
    std::int64_t bytes = 0;
};
std::int64_t send_bytes(Transfer what);    // bytes sent before an error
std::int64_t receive_bytes(Transfer what); // bytes received before an error or the end
std::int64_t send_file(Transfer what);     // as send_bytes, by sendfile(2)
std::int64_t write_bytes(Transfer what);   // as send_bytes, by write(2)
std::int64_t read_bytes(Transfer what);    // as receive_bytes, by read(2)
std::int64_t receive_all(int fd);          // until the peer's FIN

// Waits until the peer has acknowledged all that was sent; 0 or ETIMEDOUT.
int wait_acknowledged(int fd);
// Waits until this many bytes lie unread in the socket; 0 or ETIMEDOUT.
int wait_readable(Transfer what);
// Waits until a connection lies in the listener's accept queue; 0 or ETIMEDOUT.
int wait_acceptable(int listener);

// Waits until the connection is in this state (TCP_FIN_WAIT2); 0 or ETIMEDOUT. TCP_CLOSE: it is
// over, both FINs are acknowledged, though the descriptor is open.
struct InState {
    int fd = -1;
    int state = 0;
};
int wait_for_state(InState wanted);

int close_socket(int fd);
int shut_down_writing(int fd);
int reset_socket(int fd); // SO_LINGER of 0, then close

// Runs /bin/sh as a child, with the socket as its input and output: it answers one line and ends.
// Its process id.
int start_shell_on(int fd);

// Of a connected Unix socket, for the descriptor of a TCP socket.
struct Handover {
    int channel = -1;
    int fd = -1;
};
int send_descriptor(Handover what);  // errno
int receive_descriptor(int channel); // the descriptor or -1

// Sockets that no trace may show.
int connect_udp(Endpoint to);    // the descriptor or -1
int converse_over_unix(int);     // errno
int open_and_close(Endpoint at); // binds and listens, or only creates where port is 0; errno

} // namespace live
