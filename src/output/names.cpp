#include "output/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "failure.h"
#include "output/diag.h"

namespace tcptrail {
namespace {

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// One that has a letter, and begins with no sign, is taken neither for a number nor for a fact that
// is absent.
bool is_name(std::string_view text, std::size_t limit) {
    constexpr std::string_view signs = ".-_";
    return text.size() <= limit && std::any_of(text.begin(), text.end(), is_letter) &&
           signs.find(text.front()) == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [=](char byte) {
               return is_letter(byte) || is_digit(byte) ||
                      signs.find(byte) != std::string_view::npos;
           });
}

std::optional<Address> parse_address(const std::string &text) {
    Address address{};
    if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1)
        return address;
    if (inet_pton(AF_INET, text.c_str(), address.data() + 12) != 1)
        return std::nullopt;
    address[10] = address[11] = 0xff;
    return address;
}

// "443/tcp"
std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char *const end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || std::string_view(behind, end) != "/tcp")
        return std::nullopt;
    return port;
}

// The first two words of each line, without comments.
template <typename Take> void for_pairs(std::istream &file, Take take) {
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string first;
        std::string second;
        if (words >> first >> second)
            take(first, second);
    }
}

} // namespace

void Names::add_hosts(std::istream &file) {
    for_pairs(file, [this](const std::string &address, const std::string &name) {
        const auto parsed = parse_address(address);
        if (parsed && is_name(name, host_name_limit) && hosts_.try_emplace(*parsed, name).second)
            host_width_ = std::max(host_width_, name.size());
    });
}

void Names::add_services(std::istream &file) {
    for_pairs(file, [this](const std::string &name, const std::string &port) {
        const auto parsed = parse_port(port);
        if (parsed && is_name(name, service_name_limit) &&
            services_.try_emplace(*parsed, name).second)
            service_width_ = std::max(service_width_, name.size());
    });
}

std::string_view Names::of(const Address &address) const {
    const auto found = hosts_.find(address);
    return found != hosts_.end() ? std::string_view(found->second) : std::string_view();
}

std::string_view Names::of(std::uint16_t port) const {
    const auto found = services_.find(port);
    return found != services_.end() ? std::string_view(found->second) : std::string_view();
}

std::optional<Names> names_for(const OutputOptions &options) {
    if (!options.names)
        return std::nullopt;
    Names names;
    const auto read = [](const char *path, const auto &add) {
        std::ifstream file(path);
        if (file)
            add(file);
        else
            Diag().problem(failure(std::string("--names: cannot read ") + path, errno).message);
    };
    read("/etc/hosts", [&names](std::istream &file) { names.add_hosts(file); });
    read("/etc/services", [&names](std::istream &file) { names.add_services(file); });
    return names;
}

} // namespace tcptrail
