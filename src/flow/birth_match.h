// Filters on facts of birth, for events that did not come through the kernel's filters.
#pragma once

#include <cstdint>
#include <vector>

#include "flow/event.h"
#include "options.h"

namespace tcptrail {

// Whose connections it is about: one of IPv4 is kept in its mapped form.
[[nodiscard]] Family family_of(const Network &network);

// Listed ranges are or-ed and excluded ones veto; with nothing listed, all but the excluded pass.
[[nodiscard]] bool matches_ports(const std::vector<Rule<PortRange>> &rules, std::uint16_t port);

// True where any filter on facts of birth was given; otherwise everything matches.
[[nodiscard]] bool filters_births(const BirthFilter &filter);

// What bpf/filter.h decides. A local port that was not chosen is port 0, an address all zero.
[[nodiscard]] bool matches_birth(const BirthFilter &filter, const Event &event);

} // namespace tcptrail
