#include "worlds.h"

#include <string>

#include "netlink.h"
#include "process.h"

namespace live {

Cable::Cable() {
    const Endpoint here4("10.77.0.1");
    const Endpoint here6("fd77::1");
    {
        const Inside inside(here);
        Netlink net;
        net.add_veth("cable", "cable", there);
        net.add_address("cable", here4, 24);
        net.add_address("cable", here6, 64);
        net.set_up("cable");
    }
    {
        const Inside inside(there);
        Netlink net;
        net.add_address("cable", there4, 24);
        net.add_address("cable", there6, 64);
        net.set_up("cable");
        write_file("/proc/sys/net/ipv4/ip_forward", "1");
        net.add_unreachable(Endpoint("10.88.0.0"), 16);
        net.wait_running("cable");
    }
    const Inside inside(here);
    Netlink net;
    net.wait_running("cable");
    net.add_neighbour("cable", hole4);
    net.add_neighbour("cable", hole6);
    net.add_gateway(Endpoint("10.88.0.0"), 16, there4);
    // The kernel asks for a hardware address three times, a second apart; no need to wait so long.
    for (const std::string version : {"ipv4", "ipv6"})
        write_file("/proc/sys/net/" + version + "/neigh/cable/retrans_time_ms", "100");
}

void Cable::cut() {
    const Inside inside(here);
    Netlink().add_neighbour("cable", there4);
}

void Cable::mend() {
    const Inside inside(here);
    Netlink().remove_neighbour("cable", there4);
}

} // namespace live
