// An address and a port, as text and as the kernel wants it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace live {

// A plain value, so that it can be sent to an Actor.
struct Endpoint {
    std::array<char, INET6_ADDRSTRLEN> text{}; // empty: none
    std::uint16_t port = 0;

    Endpoint() = default;
    explicit Endpoint(std::string_view address, std::uint16_t port = 0);
    explicit Endpoint(const sockaddr_storage &address);

    // The address as tcptrail prints it: ::ffff:a.b.c.d is a.b.c.d.
    std::string address() const;
    int family() const;      // on the wire: 4 or 6
    int sock_family() const; // of the socket: AF_INET or AF_INET6
    bool empty() const { return text[0] == '\0'; }
    socklen_t fill(sockaddr_storage &address) const;

    Endpoint with_port(std::uint16_t other) const;
};

bool operator==(const Endpoint &a, const Endpoint &b); // on the wire
std::ostream &operator<<(std::ostream &out, const Endpoint &endpoint);

inline const Endpoint loopback4{"127.0.0.1"};
inline const Endpoint loopback6{"::1"};
inline const Endpoint loopback_mapped{"::ffff:127.0.0.1"};

} // namespace live
