// The few things of ip(8) that the tests need, by rtnetlink: there may be no ip(8) where they run.
#pragma once

#include <string_view>

#include "endpoint.h"

namespace live {

class NetNamespace;

// Works in the network namespace that the process is in when this is made. Every function throws
// std::system_error if the kernel refuses.
class Netlink {
  public:
    Netlink();
    ~Netlink();
    Netlink(const Netlink &) = delete;
    Netlink &operator=(const Netlink &) = delete;

    void set_up(std::string_view device);
    void wait_running(std::string_view device); // until it carries packets
    // One end here, the other (`peer`) in that namespace.
    void add_veth(std::string_view device, std::string_view peer, const NetNamespace &peer_home);
    void add_address(std::string_view device, const Endpoint &address, int prefix);
    void add_gateway(const Endpoint &network, int prefix, const Endpoint &gateway);
    // Whatever is sent there is answered by ICMP "host unreachable".
    void add_unreachable(const Endpoint &network, int prefix);
    // Resolves the address to a hardware address that nobody has: what is sent there is lost.
    void add_neighbour(std::string_view device, const Endpoint &address);
    void remove_neighbour(std::string_view device, const Endpoint &address);

  private:
    class Message;
    void request(Message &message);

    int fd_ = -1;
};

} // namespace live
