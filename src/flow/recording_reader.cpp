#include <algorithm>
#include <bit>
#include <cstring>

#include "flow/recording.h"
#include "flow/recording_format.h"

namespace tcptrail {
namespace {

using namespace recording;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::size_t read_size = 65536;
constexpr std::uint32_t of_owner = has_pid | has_tid | has_unit;
constexpr std::uint32_t of_outcome = has_duration | has_connect | has_srtt;

// Takes fields off the front; one that is missing is 0. The first problem stays.
class Fields {
  public:
    explicit Fields(std::span<const std::byte> bytes) : rest_(bytes) {}

    [[nodiscard]] const char *problem() const { return problem_; }

    void require(bool holds, const char *otherwise) {
        if (!holds && problem_ == nullptr)
            problem_ = otherwise;
    }

    template <typename... Number> void numbers(Number &...values) {
        static_assert(std::endian::native == std::endian::little);
        const std::byte *from = take((sizeof(Number) + ...)).data();
        if (from == nullptr)
            return;
        ((std::memcpy(&values, from, sizeof(values)), from += sizeof(values)), ...);
    }

    template <typename Number> Number number() {
        Number value{};
        numbers(value);
        return value;
    }

    template <typename Enum> Enum choice(Enum low, Enum high, const char *otherwise) {
        const auto value = number<std::uint8_t>();
        const bool known =
            value >= static_cast<std::uint8_t>(low) && value <= static_cast<std::uint8_t>(high);
        require(known, otherwise);
        return known ? static_cast<Enum>(value) : low;
    }

    WallTime time() {
        const auto count = number<std::int64_t>();
        require(count >= 0, "a time is before 1970");
        return WallTime{nanoseconds(count)};
    }

    microseconds interval() {
        const auto count = number<std::int64_t>();
        require(count >= -interval_limit && count <= interval_limit, "an interval is too long");
        return microseconds(count);
    }

    // It lives as long as the bytes.
    std::string_view text(std::size_t limit, const char *otherwise) {
        const std::size_t length = number<std::uint8_t>();
        require(length <= limit, otherwise);
        const auto bytes = take(length);
        return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
    }

  private:
    std::span<const std::byte> take(std::size_t count) {
        require(count <= rest_.size(), "a field is missing");
        if (count > rest_.size())
            return {};
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    std::span<const std::byte> rest_;
    const char *problem_ = nullptr;
};

void read(Fields &fields, std::uint32_t flags, Owner &owner) {
    if ((flags & has_pid) != 0)
        owner.pid = fields.number<std::uint32_t>();
    if ((flags & has_tid) != 0)
        owner.tid = fields.number<std::uint32_t>();
    fields.numbers(owner.uid, owner.cgroup);
    owner.comm = fields.text(comm_limit, "a process name is longer than 15 bytes");
}

void read(Fields &fields, std::uint32_t flags, Outcome &outcome) {
    fields.numbers(outcome.tx_bytes, outcome.rx_bytes, outcome.tx_before, outcome.rx_before);
    if ((flags & has_duration) != 0)
        outcome.duration = fields.interval();
    if ((flags & has_connect) != 0)
        outcome.connect = fields.interval();
    if ((flags & has_srtt) != 0)
        outcome.srtt = fields.interval();
    outcome.retransmits = fields.number<std::uint32_t>();
    outcome.end = fields.choice(End::local, End::open, "an end is unknown");
    outcome.error = fields.number<std::int32_t>();
    fields.require(outcome.error >= 0 && outcome.error <= errno_limit, "an errno is out of range");
}

bool are_consistent(EventKind kind, std::uint32_t flags) {
    const bool opens = kind == EventKind::connect || kind == EventKind::accept;
    const bool outcome = (flags & has_outcome) != 0;
    const bool moved = (flags & has_moved) != 0;
    return outcome == !opens && moved == (kind == EventKind::sample) &&
           (outcome || (flags & of_outcome) == 0) &&
           ((flags & has_owner) != 0 || (flags & of_owner) == 0);
}

void read(Fields &fields, Event &event) {
    event.kind = fields.choice(EventKind::connect, EventKind::sample, "a kind of event is unknown");
    event.role = fields.choice(Role::client, Role::server, "a role is unknown");
    event.state = fields.choice(unknown_state, TcpState::closing, "a TCP state is unknown");
    const auto family = fields.number<std::uint8_t>();
    fields.require(family == 4 || family == 6, "a family is neither 4 nor 6");
    event.tuple.family = family == 6 ? Family::ipv6 : Family::ipv4;
    const auto flags = fields.number<std::uint32_t>();
    fields.require(are_consistent(event.kind, flags), "the flags contradict each other");
    event.role_inferred = (flags & role_inferred) != 0;
    event.existing = (flags & existing) != 0;
    event.in_scope = (flags & in_scope) != 0;
    event.time = fields.time();
    fields.numbers(event.id, event.netns, event.tuple.lport, event.tuple.rport, event.tuple.raddr);
    if ((flags & has_laddr) != 0)
        fields.numbers(event.tuple.laddr.emplace());
    if ((flags & has_owner) != 0)
        read(fields, flags, event.owner.emplace());
    if ((flags & has_accept_wait) != 0)
        event.accept_wait = fields.interval();
    if ((flags & has_outcome) != 0)
        read(fields, flags, event.outcome.emplace());
    if ((flags & has_moved) != 0) {
        Moved &moved = event.moved.emplace();
        fields.numbers(moved.tx_bytes, moved.rx_bytes);
    }
    if ((flags & has_unit) != 0)
        event.unit = fields.text(unit_limit, "a unit's name is longer than 127 bytes");
}

void read(Fields &fields, Loss &loss) {
    loss.time = fields.time();
    loss.count = fields.number<std::uint64_t>();
    loss.cause = fields.text(cause_limit, "the cause of a loss is longer than 64 bytes");
}

bool is_magic(std::span<const std::byte> bytes) {
    return std::equal(bytes.begin(), bytes.end(), magic.begin(), [](std::byte byte, char letter) {
        return std::to_integer<char>(byte) == letter;
    });
}

} // namespace

RecordingReader::RecordingReader() : buffer_(read_size + entry_limit) {}

std::span<std::byte> RecordingReader::room() {
    const auto rest = unread();
    std::copy(rest.begin(), rest.end(), buffer_.begin());
    position_ = 0;
    end_ = rest.size();
    return std::span(buffer_).subspan(end_, std::min(read_size, buffer_.size() - end_));
}

const RecordedItem &RecordingReader::next() {
    if (is_damaged() || (!start_ && read_head()))
        return item_;
    do {
        if (unread().empty() && finished_) {
            item_ = EndOfRecording{};
            break;
        }
    } while (!read_entry());
    return item_;
}

std::span<const std::byte> RecordingReader::unread() const {
    return std::span(buffer_).subspan(position_, end_ - position_);
}

void RecordingReader::advance(std::size_t count) {
    position_ += count;
    offset_ += count;
}

bool RecordingReader::damaged(std::string reason) {
    item_ = Damaged{.offset = offset_, .reason = std::move(reason)};
    return true;
}

bool RecordingReader::starved(const char *part) {
    if (finished_)
        item_ = Damaged{.offset = offset_,
                        .reason = std::string("the file ends in the middle of ") + part,
                        .truncated = true};
    else
        item_ = NeedMore{};
    return true;
}

bool RecordingReader::read_head() {
    const auto bytes = unread();
    if (!is_magic(bytes.first(std::min(bytes.size(), magic.size()))))
        return damaged("this is not a recording of tcptrail");
    if (bytes.size() < version_end)
        return starved("its head");
    // Another version may have another head.
    const auto version = Fields(bytes.subspan(magic.size())).number<std::uint32_t>();
    if (version != format_version)
        return damaged("its format is version " + std::to_string(version) +
                       ", only version 1 can be read");
    if (bytes.size() < head_size)
        return starved("its head");
    const std::size_t checked = head_size - checksum_size;
    const auto written = Fields(bytes.subspan(checked)).number<std::uint32_t>();
    if (written != checksum(bytes.data(), checked))
        return damaged("the checksum of the head does not match");
    Fields fields(bytes.subspan(version_end));
    const WallTime start = fields.time();
    if (fields.problem() != nullptr)
        return damaged(fields.problem());
    start_ = start;
    advance(head_size);
    return false;
}

bool RecordingReader::read_entry() {
    const auto bytes = unread();
    if (bytes.size() < size_size)
        return starved("an entry");
    const std::size_t payload_size = Fields(bytes).number<std::uint32_t>();
    if (payload_size > payload_limit)
        return damaged("an entry is longer than 4096 bytes");
    const std::size_t checked_size = 1 + payload_size;
    const std::size_t entry_size = size_size + checked_size + checksum_size;
    if (bytes.size() < entry_size)
        return starved("an entry");
    const auto checked = bytes.subspan(size_size, checked_size);
    const auto written = Fields(bytes.subspan(size_size + checked_size)).number<std::uint32_t>();
    if (written != checksum(checked.data(), checked.size()))
        return damaged("the checksum of an entry does not match");

    Fields fields(checked);
    const auto kind = fields.number<std::uint8_t>();
    if (kind == event_entry)
        read(fields, item_.emplace<Event>());
    else if (kind == loss_entry)
        read(fields, item_.emplace<Loss>());
    if (fields.problem() != nullptr)
        return damaged(fields.problem());
    advance(entry_size);
    return kind == event_entry || kind == loss_entry;
}

} // namespace tcptrail
