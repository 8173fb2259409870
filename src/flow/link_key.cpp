#include "flow/link_key.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <string_view>

namespace tcptrail {
namespace {

bool begins(const Address &address, std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

// Loopback and link-local: every network namespace has its own of these.
bool is_scoped(const Address &address) {
    constexpr Address loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return address == loopback ||
           begins(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127}) ||
           begins(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254}) ||
           (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

LinkKey link_key(const std::optional<Address> &client, const Address &server, std::uint16_t port,
                 std::uint32_t netns) {
    LinkKey key{.client = client, .server = server, .port = port, .netns = {}};
    if (is_scoped(server) || (client && is_scoped(*client)))
        key.netns = netns;
    return key;
}

std::size_t hash_of(const LinkKey &key, std::uint16_t client_port) {
    const Address client = key.client.value_or(Address{});
    const std::uint32_t netns = key.netns.value_or(0);
    std::array<char, 2 * sizeof(Address) + 2 * sizeof(key.port) + sizeof(netns)> bytes{};
    char *next = bytes.data();
    const auto append = [&next](const auto &value) {
        std::memcpy(next, &value, sizeof(value));
        next += sizeof(value);
    };
    append(client);
    append(key.server);
    append(key.port);
    append(client_port);
    append(netns);
    return std::hash<std::string_view>{}({bytes.data(), bytes.size()});
}

} // namespace

std::size_t LinkHash::operator()(const LinkKey &key) const {
    return hash_of(key, 0);
}

std::size_t LinkHash::operator()(const PairKey &key) const {
    return hash_of(key.link, key.client_port);
}

PairKey pair_key(const Event &event) {
    const Tuple &tuple = event.tuple;
    if (event.role == Role::client)
        return {.link = link_key(tuple.laddr, tuple.raddr, tuple.rport, event.netns),
                .client_port = tuple.lport};
    return {.link =
                link_key(tuple.raddr, tuple.laddr.value_or(Address{}), tuple.lport, event.netns),
            .client_port = tuple.rport};
}

LinkKey link_key(const Spill &spill) {
    std::optional<Address> client;
    if (spill.client != Address{})
        client = spill.client;
    return link_key(client, spill.server, spill.port, spill.netns);
}

} // namespace tcptrail
