#include "netlink.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "namespaces.h"
#include "process.h"

namespace live {

// A request in the making: a fixed part, then attributes, some of them nested.
class Netlink::Message {
  public:
    template <typename Body> Message(int type, int flags, const Body &body) {
        nlmsghdr header{};
        header.nlmsg_type = static_cast<__u16>(type);
        header.nlmsg_flags = static_cast<__u16>(NLM_F_REQUEST | NLM_F_ACK | flags);
        append(&header, sizeof header);
        append(&body, sizeof body);
    }

    void add(int type, const void *data, std::size_t size) {
        rtattr attribute{};
        attribute.rta_type = static_cast<unsigned short>(type);
        attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(size));
        append(&attribute, sizeof attribute);
        append(data, size);
    }
    void add(int type, std::string_view text) {
        add(type, std::string(text).c_str(), text.size() + 1);
    }
    void add(int type, const Endpoint &address) {
        std::array<std::byte, sizeof(in6_addr)> bytes{};
        inet_pton(address.sock_family(), address.text.data(), bytes.data());
        add(type, bytes.data(), address.sock_family() == AF_INET ? 4 : 16);
    }
    void add(int type, std::uint32_t number) { add(type, &number, sizeof number); }

    // Runs fill(), which adds what the attribute contains.
    template <typename Fill> void nest(int type, Fill fill) {
        const std::size_t start = bytes_.size();
        add(type, nullptr, 0);
        fill();
        const auto length = static_cast<unsigned short>(bytes_.size() - start);
        std::memcpy(bytes_.data() + start + offsetof(rtattr, rta_len), &length, sizeof length);
    }
    template <typename Body> void add_body(const Body &body) { append(&body, sizeof body); }

    const std::vector<std::byte> &finished() {
        const auto length = static_cast<__u32>(bytes_.size());
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        return bytes_;
    }

  private:
    void append(const void *data, std::size_t size) {
        const auto *start = static_cast<const std::byte *>(data);
        bytes_.insert(bytes_.end(), start, start + size);
        bytes_.resize(NLMSG_ALIGN(bytes_.size())); // attributes and bodies begin aligned
    }

    std::vector<std::byte> bytes_;
};

namespace {

constexpr int create = NLM_F_CREATE | NLM_F_EXCL;

std::uint32_t index_of(std::string_view device) {
    const std::uint32_t index = if_nametoindex(std::string(device).c_str());
    throw_unless(index != 0, device);
    return index;
}

rtmsg route_to(const Endpoint &network, int prefix, int type) {
    rtmsg route{};
    route.rtm_family = static_cast<unsigned char>(network.sock_family());
    route.rtm_dst_len = static_cast<unsigned char>(prefix);
    route.rtm_table = RT_TABLE_MAIN;
    route.rtm_protocol = RTPROT_STATIC;
    route.rtm_scope = RT_SCOPE_UNIVERSE;
    route.rtm_type = static_cast<unsigned char>(type);
    return route;
}

ndmsg neighbour(std::string_view device, const Endpoint &address) {
    ndmsg body{};
    body.ndm_family = static_cast<unsigned char>(address.sock_family());
    body.ndm_ifindex = static_cast<int>(index_of(device));
    body.ndm_state = NUD_PERMANENT;
    return body;
}

} // namespace

Netlink::Netlink() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
    throw_unless(fd_ >= 0, "netlink socket");
}

Netlink::~Netlink() {
    close(fd_);
}

void Netlink::request(Message &message) {
    const auto &bytes = message.finished();
    throw_unless(send(fd_, bytes.data(), bytes.size(), 0) >= 0, "netlink request");
    alignas(nlmsghdr) std::array<char, 4096> reply{};
    throw_unless(recv(fd_, reply.data(), reply.size(), 0) > 0, "netlink reply");
    nlmsgerr outcome{};
    std::memcpy(&outcome, reply.data() + NLMSG_HDRLEN, sizeof outcome);
    errno = -outcome.error;
    throw_unless(outcome.error == 0, "netlink");
}

void Netlink::set_up(std::string_view device) {
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index_of(device));
    link.ifi_flags = IFF_UP;
    link.ifi_change = IFF_UP;
    Message message(RTM_NEWLINK, 0, link);
    request(message);
}

void Netlink::wait_running(std::string_view device) {
    const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq flags{};
    device.copy(flags.ifr_name, sizeof flags.ifr_name - 1);
    const bool running = eventually([&] {
        return ioctl(control, SIOCGIFFLAGS, &flags) == 0 && (flags.ifr_flags & IFF_RUNNING) != 0;
    });
    close(control);
    throw_unless(running, device);
}

void Netlink::add_veth(std::string_view device, std::string_view peer,
                       const NetNamespace &peer_home) {
    Message message(RTM_NEWLINK, create, ifinfomsg{});
    message.add(IFLA_IFNAME, device);
    message.nest(IFLA_LINKINFO, [&] {
        message.add(IFLA_INFO_KIND, std::string_view("veth"));
        message.nest(IFLA_INFO_DATA, [&] {
            message.nest(VETH_INFO_PEER, [&] {
                message.add_body(ifinfomsg{});
                message.add(IFLA_IFNAME, peer);
                message.add(IFLA_NET_NS_FD, static_cast<std::uint32_t>(peer_home.fd()));
            });
        });
    });
    request(message);
}

void Netlink::add_address(std::string_view device, const Endpoint &address, int prefix) {
    ifaddrmsg body{};
    body.ifa_family = static_cast<unsigned char>(address.sock_family());
    body.ifa_prefixlen = static_cast<unsigned char>(prefix);
    body.ifa_index = index_of(device);
    body.ifa_flags = IFA_F_NODAD; // usable at once
    Message message(RTM_NEWADDR, create, body);
    message.add(IFA_LOCAL, address);
    message.add(IFA_ADDRESS, address);
    request(message);
}

void Netlink::add_gateway(const Endpoint &network, int prefix, const Endpoint &gateway) {
    Message message(RTM_NEWROUTE, create, route_to(network, prefix, RTN_UNICAST));
    message.add(RTA_DST, network);
    message.add(RTA_GATEWAY, gateway);
    request(message);
}

void Netlink::add_unreachable(const Endpoint &network, int prefix) {
    Message message(RTM_NEWROUTE, create, route_to(network, prefix, RTN_UNREACHABLE));
    message.add(RTA_DST, network);
    request(message);
}

void Netlink::add_neighbour(std::string_view device, const Endpoint &address) {
    constexpr std::array<unsigned char, 6> nobodys = {0x02, 0, 0, 0, 0, 0x99};
    Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour(device, address));
    message.add(NDA_DST, address);
    message.add(NDA_LLADDR, nobodys.data(), nobodys.size());
    request(message);
}

void Netlink::remove_neighbour(std::string_view device, const Endpoint &address) {
    Message message(RTM_DELNEIGH, 0, neighbour(device, address));
    message.add(NDA_DST, address);
    request(message);
}

} // namespace live
