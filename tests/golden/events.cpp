#include "golden/events.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tcptrail::golden {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t host_netns = 4026531840;

Address address(const std::string &text) {
    Address bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1)
        return bytes;
    if (inet_pton(AF_INET6, ("::ffff:" + text).c_str(), bytes.data()) == 1)
        return bytes;
    throw std::invalid_argument(text);
}

Tuple tuple(const char *laddr, std::uint16_t lport, const char *raddr, std::uint16_t rport) {
    const bool ipv6 = std::string(raddr).find("::") != std::string::npos &&
                      std::string(raddr).find("::ffff:") == std::string::npos;
    Tuple made;
    made.family = ipv6 ? Family::ipv6 : Family::ipv4;
    if (laddr != nullptr)
        made.laddr = address(laddr);
    made.raddr = address(raddr);
    made.lport = lport;
    made.rport = rport;
    return made;
}

Owner owner(std::uint32_t pid, std::string comm, std::uint32_t uid = 0) {
    return {.pid = pid, .tid = pid, .uid = uid, .comm = std::move(comm), .cgroup = 1};
}

Event event(EventKind kind, std::chrono::microseconds after, std::uint64_t id, Role role,
            std::optional<Owner> who, const Tuple &where) {
    Event made;
    made.kind = kind;
    made.time = start_time() + after;
    made.id = id;
    made.role = role;
    made.state = kind == EventKind::connect  ? TcpState::syn_sent
                 : kind == EventKind::accept ? TcpState::established
                                             : TcpState::close;
    made.owner = std::move(who);
    made.tuple = where;
    made.netns = host_netns;
    return made;
}

Event closed(Event made, const Outcome &outcome) {
    made.outcome = outcome;
    return made;
}

// curl on loopback: both ends.
void add_loopback(std::vector<Event> &events) {
    const Tuple from = tuple("127.0.0.1", 51234, "127.0.0.1", 80);
    const Tuple to = tuple("127.0.0.1", 80, "127.0.0.1", 51234);
    const Owner curl = owner(4321, "curl");
    Owner nginx = owner(711, "nginx", 33);
    nginx.cgroup = 4711;
    events.push_back(event(EventKind::connect, 0us, 17, Role::client, curl, from));
    Event accept = event(EventKind::accept, 95us, 18, Role::server, nginx, to);
    accept.accept_wait = 52us;
    events.push_back(accept);
    events.push_back(
        closed(event(EventKind::close, 5321us, 17, Role::client, curl, from), {.tx_bytes = 77,
                                                                               .rx_bytes = 1256,
                                                                               .duration = 5321us,
                                                                               .connect = 41us,
                                                                               .srtt = 35us,
                                                                               .retransmits = 0,
                                                                               .end = End::local,
                                                                               .error = 0}));
    Event close =
        closed(event(EventKind::close, 5400us, 18, Role::server, nginx, to), {.tx_bytes = 1256,
                                                                              .rx_bytes = 77,
                                                                              .duration = 5348us,
                                                                              .connect = {},
                                                                              .srtt = 30us,
                                                                              .retransmits = 0,
                                                                              .end = End::remote,
                                                                              .error = 0});
    close.accept_wait = 52us;
    events.push_back(close);
}

// Ended badly: refused, no route, reset by either side, hanging.
void add_failures(std::vector<Event> &events) {
    const Owner wget = owner(4400, "wget", 1000);
    events.push_back(closed(event(EventKind::close, 1200345us, 19, Role::client, wget,
                                  tuple("10.0.0.7", 40000, "10.0.0.9", 443)),
                            {.duration = 812us,
                             .connect = {},
                             .srtt = {},
                             .retransmits = 2,
                             .end = End::refused,
                             .error = ECONNREFUSED}));
    events.push_back(closed(event(EventKind::close, 1300000us, 20, Role::client, wget,
                                  tuple(nullptr, 0, "2001:db8::1", 443)),
                            {.duration = 9us,
                             .connect = {},
                             .srtt = {},
                             .retransmits = 0,
                             .end = End::failed,
                             .error = ENETUNREACH}));
    events.push_back(
        closed(event(EventKind::close, 2000000us, 21, Role::client, owner(4401, "java", 1000),
                     tuple("::ffff:10.0.0.7", 40001, "::ffff:192.168.100.200", 61616)),
               {.tx_bytes = 10485760,
                .rx_bytes = 1023,
                .duration = 123456789us,
                .connect = 1500us,
                .srtt = 20500us,
                .retransmits = 12,
                .end = End::remote_reset,
                .error = ECONNRESET}));
    Owner hidden = owner(0, "postgres", 999);
    hidden.pid.reset();
    hidden.tid.reset();
    events.push_back(
        closed(event(EventKind::close, 2500000us, 22, Role::server, hidden,
                     tuple("fd00:1234:5678:9abc:def0:1234:5678:9abc", 5432, "fd00::2", 40002)),
               {.tx_bytes = 5,
                .rx_bytes = 0,
                .duration = 60s,
                .connect = {},
                .srtt = 100us,
                .retransmits = 0,
                .end = End::local_reset,
                .error = EPIPE}));
}

// Open before the start, with a role that was deduced; and one that nobody was seen to own.
void add_existing(std::vector<Event> &events) {
    Owner sshd = owner(900, "sshd");
    sshd.tid.reset();
    Event existing = closed(event(EventKind::close, 3600000000us, 1, Role::server, sshd,
                                  tuple("fe80::1", 22, "fe80::2", 50022)),
                            {.tx_bytes = 123456,
                             .rx_bytes = 65536,
                             .duration = {},
                             .connect = {},
                             .srtt = 250us,
                             .retransmits = 1,
                             .end = End::remote,
                             .error = 0});
    existing.existing = true;
    existing.role_inferred = true;
    events.push_back(existing);
    Event unaccepted = closed(event(EventKind::close, 3600500000us, 23, Role::server, {},
                                    tuple("::1", 8080, "::1", 40003)),
                              {.duration = 1000us,
                               .connect = {},
                               .srtt = {},
                               .retransmits = 0,
                               .end = End::unaccepted,
                               .error = 0});
    unaccepted.netns = 4026532299;
    events.push_back(unaccepted);
}

// What a connection is like when the kernel is asked `after` the start.
Event seen_open(std::chrono::microseconds after, std::uint64_t id, Role role,
                std::optional<Owner> who, const Tuple &where, TcpState state, Outcome so_far) {
    so_far.end = End::open;
    Event made = closed(event(EventKind::open, after, id, role, std::move(who), where), so_far);
    made.state = state;
    return made;
}

LinkRow link(const char *client, std::string client_comm, const char *server, std::uint16_t port,
             std::string server_comm) {
    LinkRow row;
    row.time = start_time() + 60s;
    row.client = address(client);
    row.server = address(server);
    row.server_port = port;
    row.connections = 1;
    if (!client_comm.empty())
        row.client_comm = std::move(client_comm);
    if (!server_comm.empty())
        row.server_comm = std::move(server_comm);
    return row;
}

std::vector<std::string> names_from_outside() {
    using namespace std::string_literals;
    return {"Web Content"s,
            "a\"b'c"s,
            "line\nbreak"s,
            "tab\tcr\r"s,
            "\x1b[31mred"s,
            "back\\slash"s,
            "bad\xff\xfeutf8"s,
            "cut\xe2\x82"s,
            "\xc3\xa9t\xc3\xa9"s,
            "\xc2\x9b"
            "31m"s,
            "sep\xe2\x80\xa8"s,
            "#comment"s,
            "=cmd|' /C calc"s,
            "+1"s,
            "-"s,
            "@sum"s,
            "a,b"s,
            ""s,
            "{\"x\":1}"s,
            "\x7f"s};
}

} // namespace

WallTime start_time() {
    return WallTime{1795164396123456us};
}

std::vector<Event> run() {
    std::vector<Event> events;
    add_loopback(events);
    add_failures(events);
    add_existing(events);
    return events;
}

std::vector<Event> still_open() {
    constexpr auto end = 3601000000us;
    Owner sshd = owner(900, "sshd");
    sshd.tid.reset();
    Event existing = seen_open(end, 2, Role::server, sshd, tuple("fe80::1", 22, "fe80::2", 50023),
                               TcpState::established,
                               {.tx_bytes = 123456,
                                .rx_bytes = 65536,
                                .tx_before = 123000,
                                .rx_before = 65536,
                                .duration = {},
                                .connect = {},
                                .srtt = 250us,
                                .retransmits = 1});
    existing.existing = true;
    existing.role_inferred = true;
    return {
        existing,
        seen_open(end, 31, Role::client, owner(4321, "curl", 1000),
                  tuple("10.0.0.7", 40010, "10.0.0.9", 443), TcpState::established,
                  {.tx_bytes = 1023,
                   .rx_bytes = 12345678,
                   .duration = 12500ms,
                   .connect = 900us,
                   .srtt = 850us}),
        seen_open(end, 32, Role::client, owner(4500, "wget", 1000),
                  tuple("10.0.0.7", 40011, "192.0.2.1", 80), TcpState::syn_sent,
                  {.duration = 3s, .connect = {}, .srtt = {}, .retransmits = 2}),
        seen_open(end, 33, Role::server, {}, tuple("10.0.0.7", 8080, "10.0.0.9", 40012),
                  TcpState::established, {.duration = 10ms, .connect = {}, .srtt = 90us}),
        // Its close was lost: how it ended is not known.
        seen_open(end, 34, Role::client, owner(4321, "curl", 1000),
                  tuple("10.0.0.7", 40013, "10.0.0.9", 443), TcpState::close,
                  {.tx_bytes = 5, .duration = 1s, .connect = {}, .srtt = {}}),
    };
}

std::vector<std::vector<Event>> intervals() {
    const auto backup = [](std::chrono::microseconds after, const Outcome &so_far) {
        return seen_open(after, 41, Role::client, owner(5000, "restic"),
                         tuple("10.0.0.7", 40020, "10.0.0.200", 8000), TcpState::established,
                         so_far);
    };
    const auto query = [](std::chrono::microseconds after, const Outcome &so_far) {
        Owner postgres = owner(600, "postgres", 999);
        postgres.tid.reset();
        Event made =
            seen_open(after, 40, Role::server, postgres, tuple("fd00::1", 5432, "fd00::2", 40021),
                      TcpState::established, so_far);
        made.existing = true;
        return made;
    };
    const auto idle = [](std::chrono::microseconds after) {
        return seen_open(after, 42, Role::client, owner(900, "ssh"),
                         tuple("10.0.0.7", 40022, "10.0.0.9", 22), TcpState::established,
                         {.duration = after, .connect = 100us, .srtt = 100us});
    };
    Event probe = closed(
        event(EventKind::close, 1500000us, 43, Role::client, owner(5100, "curl"),
              tuple("127.0.0.1", 51240, "127.0.0.1", 80)),
        {.tx_bytes = 77, .rx_bytes = 1256, .duration = 5321us, .connect = 41us, .srtt = 35us});
    return {
        {query(1s, {.tx_bytes = 1001024,
                    .rx_bytes = 500010,
                    .tx_before = 1000000,
                    .rx_before = 500000,
                    .duration = {},
                    .connect = {},
                    .srtt = 400us}),
         backup(1s, {.tx_bytes = 104857600,
                     .rx_bytes = 4096,
                     .duration = 900ms,
                     .connect = 300us,
                     .srtt = 300us}),
         idle(1s)},
        {probe,
         query(2s, {.tx_bytes = 1001024,
                    .rx_bytes = 500030,
                    .tx_before = 1000000,
                    .rx_before = 500000,
                    .duration = {},
                    .connect = {},
                    .srtt = 400us}),
         backup(2s, {.tx_bytes = 314572800,
                     .rx_bytes = 8192,
                     .duration = 1900ms,
                     .connect = 300us,
                     .srtt = 300us}),
         idle(2s)},
    };
}

std::vector<LinkRow> links() {
    std::vector<LinkRow> rows;
    LinkRow web = link("10.0.0.7", "curl", "10.0.0.9", 443, "");
    web.open = 1;
    web.connections = 12;
    web.tx_bytes = 9000;
    web.rx_bytes = 120000;
    rows.push_back(web);
    LinkRow local = link("127.0.0.1", "curl", "127.0.0.1", 80, "nginx");
    local.netns = host_netns;
    local.connections = 123456;
    local.tx_bytes = 9506112;
    local.rx_bytes = 1099511627776;
    rows.push_back(local);
    LinkRow database =
        link("fd00:1234:5678:9abc:def0:1234:5678:9abc", "", "fd00::2", 5432, "postgres");
    database.open = 20;
    database.connections = 20;
    rows.push_back(database);
    LinkRow refused = link("10.0.0.7", "wget", "192.168.100.200", 61616, "");
    refused.connections = 3;
    refused.failed = 3;
    rows.push_back(refused);
    LinkRow unroutable = link("10.0.0.7", "wget", "2001:db8::1", 443, "");
    unroutable.client.reset();
    unroutable.failed = 1;
    rows.push_back(unroutable);
    LinkRow unknown; // closes that were lost, of what is not known
    unknown.time = start_time() + 60s;
    unknown.connections = 2;
    unknown.tx_bytes = 10;
    rows.push_back(unknown);
    LinkRow other;
    other.time = start_time() + 60s;
    other.other = true;
    other.connections = 70000;
    other.failed = 1;
    other.tx_bytes = 9007199254740991;
    other.rx_bytes = 1024;
    rows.push_back(other);
    return rows;
}

std::vector<Event> hostile_names() {
    std::vector<Event> events;
    for (const std::string &name : names_from_outside()) {
        const auto number = static_cast<std::uint32_t>(events.size() + 1);
        events.push_back(event(EventKind::connect, 1ms * number, number, Role::client,
                               owner(number, name), tuple("10.0.0.1", 40000, "10.0.0.2", 80)));
    }
    return events;
}

std::vector<LinkRow> crowd() {
    std::vector<LinkRow> rows;
    for (int i = 1; i <= 60; ++i) {
        const std::string number = std::to_string(i);
        rows.push_back(link(("203.0.113." + number).c_str(), "", "10.0.0.5", 443, "nginx"));
        rows.push_back(link("10.0.0.5", i % 2 != 0 ? "java" : "node",
                            ("10.0.1." + std::to_string(i % 50)).c_str(), 5432, ""));
        rows.push_back(link("10.0.0.5", "worker-" + number, "10.0.0.5", 6379, "redis-server"));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].connections = i + 1;
        rows[i].failed = i % 25 == 0 ? 1 : 0;
        rows[i].tx_bytes = i << (i % 30);
    }
    return rows;
}

std::vector<LinkRow> hostile_links() {
    std::vector<LinkRow> rows;
    for (const std::string &name : names_from_outside()) {
        LinkRow row = link("10.0.0.1", "", "10.0.0.2", 80, "");
        row.client_comm = name;
        row.server_comm = name;
        row.connections = rows.size() + 1;
        rows.push_back(row);
    }
    return rows;
}

} // namespace tcptrail::golden
