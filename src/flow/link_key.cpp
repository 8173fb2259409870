#include "flow/link_key.h"

#include <array>
#include <cstring>

namespace tcptrail {
namespace {

template <std::size_t size>
bool begins(const Address &address, const std::array<std::uint8_t, size> &prefix) {
    return std::memcmp(address.data(), prefix.data(), size) == 0; // in place, of a known size
}

LinkKey link_key(const std::optional<Address> &client, const Address &server, std::uint16_t port,
                 std::uint32_t netns) {
    LinkKey key{.client = client, .server = server, .port = port, .netns = {}};
    if (is_scoped(server) || (client && is_scoped(*client)))
        key.netns = netns;
    return key;
}

std::array<std::uint64_t, 2> words_of(const Address &address) {
    std::array<std::uint64_t, 2> words{};
    static_assert(sizeof(words) == sizeof(address));
    std::memcpy(words.data(), address.data(), sizeof(words));
    return words;
}

// Each close asks for several hashes: a multiplication a word, whose high bits come down.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    hash = (hash ^ word) * odd;
    return hash ^ (hash >> 32);
}

std::size_t hash_of(const LinkKey &key, std::uint16_t client_port) {
    std::uint64_t hash = (std::uint64_t{key.netns.value_or(0)} << 32U) |
                         (std::uint64_t{key.port} << 16U) | client_port;
    hash = mix(0, hash);
    for (const std::uint64_t word : words_of(key.server))
        hash = mix(hash, word);
    for (const std::uint64_t word : words_of(key.client.value_or(Address{})))
        hash = mix(hash, word);
    return hash;
}

} // namespace

bool is_loopback(const Address &address) {
    constexpr Address loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    constexpr std::array<std::uint8_t, 13> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    return begins(address, mapped) || address == loopback;
}

bool is_scoped(const Address &address) {
    constexpr std::array<std::uint8_t, 14> mapped{0, 0, 0, 0,    0,    0,   0,
                                                  0, 0, 0, 0xff, 0xff, 169, 254};
    return is_loopback(address) || begins(address, mapped) ||
           (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

bool LinkKey::operator==(const LinkKey &other) const {
    return port == other.port && netns == other.netns && server == other.server &&
           client == other.client;
}

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
