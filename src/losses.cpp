#include "losses.h"

#include <array>

#include <fmt/format.h>

namespace tcptrail {
namespace {

struct Cause {
    std::string_view name;
    std::uint64_t Losses::*count;
    std::string_view remedy;
};

constexpr std::array<Cause, 4> causes = {{
    {"ring buffer full", &Losses::ring_full, "--buffer makes it larger"},
    {"connection table full", &Losses::table_full, "--max-connections makes it larger"},
    {"probe missed", &Losses::missed, "another event interrupted it"},
    {"close not seen", &Losses::not_seen, "a probe missed it"},
}};

} // namespace

void LossReport::say(const Losses &now) {
    for (const Cause &cause : causes) {
        const std::uint64_t count = now.*cause.count - said_.*cause.count;
        if (count != 0)
            diag_.problem(fmt::format("lost {} events: {}", count, cause.name));
    }
    said_ = now;
}

void LossReport::update(const Losses &now, WallTime time) {
    say(now);
    for (const Cause &cause : causes) {
        const std::uint64_t count = now.*cause.count - told_.*cause.count;
        if (count != 0)
            tell_({.time = time, .count = count, .cause = std::string(cause.name)});
    }
    told_ = now;
}

void LossReport::finish() const {
    for (const Cause &cause : causes) {
        if (said_.*cause.count != 0)
            diag_.problem(fmt::format("lost {} events in all: {} ({})", said_.*cause.count,
                                      cause.name, cause.remedy));
    }
}

} // namespace tcptrail
