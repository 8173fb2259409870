// What --names shows in place of numbers: names of addresses from /etc/hosts, of ports from
// /etc/services. It asks nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "flow/event.h"
#include "options.h"

namespace tcptrail {

class Names {
  public:
    // As hosts(5) and services(5) are written; of several names the first holds. What could be
    // taken for a number, or has other characters than letters, digits, dots, hyphens and
    // underscores, is no name: it needs no escape in any output.
    void add_hosts(std::istream &file);
    void add_services(std::istream &file); // those of TCP

    // Empty: it has none. They live as long as this.
    [[nodiscard]] std::string_view of(const Address &address) const;
    [[nodiscard]] std::string_view of(std::uint16_t port) const;

    // Characters of the longest.
    [[nodiscard]] std::size_t host_width() const { return host_width_; }
    [[nodiscard]] std::size_t service_width() const { return service_width_; }

  private:
    std::map<Address, std::string> hosts_;
    std::map<std::uint16_t, std::string> services_;
    std::size_t host_width_ = 0;
    std::size_t service_width_ = 0;
};

// The longest names that are taken, in characters.
inline constexpr std::size_t host_name_limit = 64;
inline constexpr std::size_t service_name_limit = 32;

// Those of this host, if --names asks for them. Tells on stderr which file it cannot read.
[[nodiscard]] std::optional<Names> names_for(const OutputOptions &options);

} // namespace tcptrail
