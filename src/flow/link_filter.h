// The filters of the view `links`: they apply to whole connections, from the view of either end
// that is on this host.
#pragma once

#include <optional>
#include <vector>

#include "flow/link_key.h"
#include "flow/pairing.h"
#include "flow/spill.h"
#include "options.h"

namespace tcptrail {

struct LinkFilter {
    OwnerFilter owners; // the one that the connection's sockets were judged by
    std::vector<Rule<PortRange>> lports;
    std::vector<Rule<PortRange>> rports;
    std::optional<Role> role;
    bool failed_only = false; // an end was not orderly
};

[[nodiscard]] bool passes(const LinkFilter &filter, const Joined &joined);

// A spill passes where it can be judged: it knows no process, no user and no client port. `names`
// are those of its row; `server_here`: the server's sockets are on this host, too.
[[nodiscard]] bool passes(const LinkFilter &filter, const Spill &spill, const LinkNames &names,
                          bool server_here);

} // namespace tcptrail
