// Small networks of the tests' own, made of namespaces and veth pairs.
#pragma once

#include "endpoint.h"
#include "namespaces.h"

namespace live {

// Two namespaces joined by a cable: 10.77.0.1 and fd77::1 here, 10.77.0.2 and fd77::2 there.
struct Cable {
    NetNamespace here;
    NetNamespace there;

    Cable();

    // On the cable's network, but nobody's: ARP and ND get no answer.
    static inline const Endpoint nobody4{"10.77.0.9"};
    static inline const Endpoint nobody6{"fd77::9"};
    // Somebody's by the neighbour table, but what is sent there is lost without a trace.
    static inline const Endpoint hole4{"10.77.0.8"};
    static inline const Endpoint hole6{"fd77::8"};
    // Behind the other end, which answers for it with ICMP "host unreachable".
    static inline const Endpoint refused_by_router4{"10.88.0.1"};
    // No route leads there.
    static inline const Endpoint no_route4{"192.0.2.1"};
    static inline const Endpoint no_route6{"2001:db8::1"};
    // The other end itself.
    static inline const Endpoint there4{"10.77.0.2"};
    static inline const Endpoint there6{"fd77::2"};

    // From now on what is sent to there4 is lost without a trace.
    void cut();
    void mend();
};

} // namespace live
