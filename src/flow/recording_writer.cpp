#include <concepts>

#include "flow/recording.h"
#include "flow/recording_format.h"

namespace tcptrail {
namespace {

using namespace recording;
using std::chrono::microseconds;

template <std::integral T> void put(std::string &out, T value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); i++)
        out.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
}

void put(std::string &out, const Address &address) {
    for (const std::uint8_t byte : address)
        put(out, byte);
}

void put(std::string &out, WallTime time) {
    put(out, static_cast<std::int64_t>(time.time_since_epoch().count()));
}

template <typename T> void put(std::string &out, const std::optional<T> &value) {
    if (value)
        put(out, *value);
}

void put(std::string &out, const std::optional<microseconds> &interval) {
    if (interval)
        put(out, static_cast<std::int64_t>(interval->count()));
}

void put_text(std::string &out, std::string_view text, std::size_t limit) {
    const std::string_view kept = text.substr(0, limit);
    put(out, static_cast<std::uint8_t>(kept.size()));
    out += kept;
}

void put_owner(std::string &out, const Owner &owner) {
    put(out, owner.pid);
    put(out, owner.tid);
    put(out, owner.uid);
    put(out, owner.cgroup);
    put_text(out, owner.comm, comm_limit);
}

void put_outcome(std::string &out, const Outcome &outcome) {
    put(out, outcome.tx_bytes);
    put(out, outcome.rx_bytes);
    put(out, outcome.tx_before);
    put(out, outcome.rx_before);
    put(out, outcome.duration);
    put(out, outcome.connect);
    put(out, outcome.srtt);
    put(out, outcome.retransmits);
    put(out, static_cast<std::uint8_t>(outcome.end));
    put(out, static_cast<std::int32_t>(outcome.error));
}

std::uint32_t flags_of(const Event &event) {
    std::uint32_t flags = 0;
    const auto set = [&flags](bool is_set, Flag flag) { flags |= is_set ? flag : 0U; };
    set(event.role_inferred, role_inferred);
    set(event.existing, existing);
    set(event.in_scope, in_scope);
    set(event.tuple.laddr.has_value(), has_laddr);
    set(event.owner.has_value(), has_owner);
    set(event.owner && event.owner->pid, has_pid);
    set(event.owner && event.owner->tid, has_tid);
    set(event.accept_wait.has_value(), has_accept_wait);
    set(event.outcome.has_value(), has_outcome);
    set(event.outcome && event.outcome->duration, has_duration);
    set(event.outcome && event.outcome->connect, has_connect);
    set(event.outcome && event.outcome->srtt, has_srtt);
    set(event.moved.has_value(), has_moved);
    set(event.owner && !event.unit.empty(), has_unit);
    return flags;
}

// Opens an entry at the end of `out`; the size is written when it is known.
std::size_t begin_entry(std::string &out, EntryKind kind) {
    const std::size_t begin = out.size();
    put(out, std::uint32_t{0});
    put(out, static_cast<std::uint8_t>(kind));
    return begin;
}

void end_entry(std::string &out, std::size_t begin) {
    const std::size_t checked = begin + size_size;
    std::string size;
    put(size, static_cast<std::uint32_t>(out.size() - checked - 1));
    out.replace(begin, size_size, size);
    put(out, checksum(out.data() + checked, out.size() - checked));
}

} // namespace

std::string recording_head(WallTime start) {
    std::string head(magic);
    put(head, format_version);
    put(head, start);
    put(head, checksum(head.data(), head.size()));
    return head;
}

void append_entry(std::string &out, const Event &event) {
    const std::size_t begin = begin_entry(out, event_entry);
    put(out, static_cast<std::uint8_t>(event.kind));
    put(out, static_cast<std::uint8_t>(event.role));
    const bool known = event.state <= TcpState::closing;
    put(out, static_cast<std::uint8_t>(known ? event.state : unknown_state));
    put(out, static_cast<std::uint8_t>(event.tuple.family));
    put(out, flags_of(event));
    put(out, event.time);
    put(out, event.id);
    put(out, event.netns);
    put(out, event.tuple.lport);
    put(out, event.tuple.rport);
    put(out, event.tuple.raddr);
    put(out, event.tuple.laddr);
    if (event.owner)
        put_owner(out, *event.owner);
    put(out, event.accept_wait);
    if (event.outcome)
        put_outcome(out, *event.outcome);
    if (event.moved) {
        put(out, event.moved->tx_bytes);
        put(out, event.moved->rx_bytes);
    }
    if (event.owner && !event.unit.empty())
        put_text(out, event.unit, unit_limit);
    end_entry(out, begin);
}

void append_entry(std::string &out, const Loss &loss) {
    const std::size_t begin = begin_entry(out, loss_entry);
    put(out, loss.time);
    put(out, loss.count);
    put_text(out, loss.cause, cause_limit);
    end_entry(out, begin);
}

} // namespace tcptrail
