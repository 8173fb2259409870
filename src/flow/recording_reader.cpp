#include <algorithm>

#include "flow/recording.h"
#include "flow/recording_format.h"

namespace tcptrail {
namespace {

using namespace recording;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::uint32_t of_owner = has_pid | has_tid;
constexpr std::uint32_t of_outcome = has_duration | has_connect | has_srtt;

// Takes fields off the front. The first problem stays; from then on every field is 0.
class Fields {
  public:
    explicit Fields(std::span<const std::byte> bytes) : rest_(bytes) {}

    [[nodiscard]] const char *problem() const { return problem_; }

    void require(bool holds, const char *otherwise) {
        if (!holds && problem_ == nullptr)
            problem_ = otherwise;
    }

    template <typename T> T number() {
        std::uint64_t bits = 0;
        unsigned shift = 0;
        for (const std::byte byte : take(sizeof(T))) {
            bits |= std::to_integer<std::uint64_t>(byte) << shift;
            shift += 8;
        }
        return static_cast<T>(bits);
    }

    template <typename Enum> Enum choice(Enum low, Enum high, const char *otherwise) {
        const auto value = number<std::uint8_t>();
        const bool known =
            value >= static_cast<std::uint8_t>(low) && value <= static_cast<std::uint8_t>(high);
        require(known, otherwise);
        return known ? static_cast<Enum>(value) : low;
    }

    Address address() {
        Address address{};
        std::size_t at = 0;
        for (const std::byte byte : take(address.size()))
            address[at++] = std::to_integer<std::uint8_t>(byte);
        return address;
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

    std::string text(std::size_t limit, const char *otherwise) {
        const std::size_t length = number<std::uint8_t>();
        require(length <= limit, otherwise);
        std::string text;
        if (length <= limit) {
            for (const std::byte byte : take(length))
                text.push_back(std::to_integer<char>(byte));
        }
        return text;
    }

  private:
    std::span<const std::byte> take(std::size_t count) {
        require(count <= rest_.size(), "a field is missing");
        if (problem_ != nullptr)
            return {};
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    std::span<const std::byte> rest_;
    const char *problem_ = nullptr;
};

Owner read_owner(Fields &fields, std::uint32_t flags) {
    Owner owner;
    if ((flags & has_pid) != 0)
        owner.pid = fields.number<std::uint32_t>();
    if ((flags & has_tid) != 0)
        owner.tid = fields.number<std::uint32_t>();
    owner.uid = fields.number<std::uint32_t>();
    owner.cgroup = fields.number<std::uint64_t>();
    owner.comm = fields.text(comm_limit, "a process name is longer than 15 bytes");
    return owner;
}

Outcome read_outcome(Fields &fields, std::uint32_t flags) {
    Outcome outcome;
    outcome.tx_bytes = fields.number<std::uint64_t>();
    outcome.rx_bytes = fields.number<std::uint64_t>();
    outcome.tx_before = fields.number<std::uint64_t>();
    outcome.rx_before = fields.number<std::uint64_t>();
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
    return outcome;
}

bool are_consistent(EventKind kind, std::uint32_t flags) {
    const bool opens = kind == EventKind::connect || kind == EventKind::accept;
    const bool outcome = (flags & has_outcome) != 0;
    const bool moved = (flags & has_moved) != 0;
    return outcome == !opens && moved == (kind == EventKind::sample) &&
           (outcome || (flags & of_outcome) == 0) &&
           ((flags & has_owner) != 0 || (flags & of_owner) == 0);
}

Event read_event(Fields &fields) {
    Event event;
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
    event.id = fields.number<std::uint64_t>();
    event.netns = fields.number<std::uint32_t>();
    event.tuple.lport = fields.number<std::uint16_t>();
    event.tuple.rport = fields.number<std::uint16_t>();
    event.tuple.raddr = fields.address();
    if ((flags & has_laddr) != 0)
        event.tuple.laddr = fields.address();
    if ((flags & has_owner) != 0)
        event.owner = read_owner(fields, flags);
    if ((flags & has_accept_wait) != 0)
        event.accept_wait = fields.interval();
    if ((flags & has_outcome) != 0)
        event.outcome = read_outcome(fields, flags);
    if ((flags & has_moved) != 0) {
        Moved &moved = event.moved.emplace();
        moved.tx_bytes = fields.number<std::uint64_t>();
        moved.rx_bytes = fields.number<std::uint64_t>();
    }
    return event;
}

Loss read_loss(Fields &fields) {
    Loss loss;
    loss.time = fields.time();
    loss.count = fields.number<std::uint64_t>();
    loss.cause = fields.text(cause_limit, "the cause of a loss is longer than 64 bytes");
    return loss;
}

bool is_magic(std::span<const std::byte> bytes) {
    return std::equal(bytes.begin(), bytes.end(), magic.begin(), [](std::byte byte, char letter) {
        return std::to_integer<char>(byte) == letter;
    });
}

} // namespace

void RecordingReader::feed(std::span<const std::byte> chunk) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = 0;
    if (!damage_)
        buffer_.insert(buffer_.end(), chunk.begin(), chunk.end());
}

RecordedItem RecordingReader::next() {
    if (damage_)
        return *damage_;
    if (!start_) {
        if (auto stopped = read_head())
            return *stopped;
    }
    for (;;) {
        if (unread().empty() && finished_)
            return EndOfRecording{};
        if (auto item = read_entry())
            return std::move(*item);
    }
}

std::span<const std::byte> RecordingReader::unread() const {
    return std::span(buffer_).subspan(position_);
}

void RecordingReader::advance(std::size_t count) {
    position_ += count;
    offset_ += count;
}

Damaged RecordingReader::damaged(std::string reason) {
    damage_ = Damaged{.offset = offset_, .reason = std::move(reason)};
    return *damage_;
}

RecordedItem RecordingReader::starved(const char *part) {
    if (!finished_)
        return NeedMore{};
    damaged(std::string("the file ends in the middle of ") + part);
    damage_->truncated = true;
    return *damage_;
}

std::optional<RecordedItem> RecordingReader::read_head() {
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
    return std::nullopt;
}

std::optional<RecordedItem> RecordingReader::read_entry() {
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
    std::optional<RecordedItem> item;
    switch (fields.number<std::uint8_t>()) {
    case event_entry:
        item = read_event(fields);
        break;
    case loss_entry:
        item = read_loss(fields);
        break;
    default:
        break;
    }
    if (fields.problem() != nullptr)
        return damaged(fields.problem());
    advance(entry_size);
    return item;
}

} // namespace tcptrail
