#include "endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <ostream>

namespace live {

namespace {
constexpr std::string_view mapped_prefix = "::ffff:";
}

Endpoint::Endpoint(std::string_view address, std::uint16_t port_number) : port(port_number) {
    std::copy_n(address.begin(), std::min(address.size(), text.size() - 1), text.begin());
}

Endpoint::Endpoint(const sockaddr_storage &address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
        port = ntohs(in.sin_port);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, &address, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, text.data(), text.size());
        port = ntohs(in6.sin6_port);
    }
}

std::string Endpoint::address() const {
    const std::string_view whole = text.data();
    const bool mapped =
        whole.starts_with(mapped_prefix) && whole.find('.') != std::string_view::npos;
    return std::string(mapped ? whole.substr(mapped_prefix.size()) : whole);
}

int Endpoint::family() const {
    return address().find(':') == std::string::npos ? 4 : 6;
}

int Endpoint::sock_family() const {
    return std::string_view(text.data()).find(':') == std::string_view::npos ? AF_INET : AF_INET6;
}

socklen_t Endpoint::fill(sockaddr_storage &address) const {
    address = {};
    if (sock_family() == AF_INET) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        inet_pton(AF_INET, text.data(), &in.sin_addr);
        std::memcpy(&address, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    inet_pton(AF_INET6, text.data(), &in6.sin6_addr);
    std::memcpy(&address, &in6, sizeof in6);
    return sizeof in6;
}

Endpoint Endpoint::with_port(std::uint16_t other) const {
    Endpoint result = *this;
    result.port = other;
    return result;
}

bool operator==(const Endpoint &a, const Endpoint &b) {
    return a.port == b.port && a.address() == b.address();
}

std::ostream &operator<<(std::ostream &out, const Endpoint &endpoint) {
    return out << endpoint.address() << ' ' << endpoint.port;
}

} // namespace live
