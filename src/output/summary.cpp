#include "output/summary.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace tcptrail {
namespace {

double in_seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

std::string decimal(Fixed number) {
    return text_of(value_room, [number](char *at) { return put_fixed(at, number); });
}

// Of a width that seldom changes: what stands behind is to stay where it is.
std::vector<std::string> items_of(const Summary &summary) {
    std::vector<std::string> items;
    if (summary.tx_bytes)
        items.push_back(fmt::format("TX {:>4}/s", human_text(*summary.tx_bytes)));
    if (summary.rx_bytes)
        items.push_back(fmt::format("RX {:>4}/s", human_text(*summary.rx_bytes)));
    if (summary.open)
        items.push_back(fmt::format("{:>3} open", *summary.open));
    if (summary.opened)
        items.push_back(fmt::format("{:>4} opened/s", decimal(*summary.opened)));
    if (summary.closed)
        items.push_back(fmt::format("{:>4} closed/s", decimal(*summary.closed)));
    return items;
}

} // namespace

std::optional<Fixed> per_second(std::uint64_t count, std::chrono::nanoseconds time) {
    if (time.count() <= 0)
        return std::nullopt;
    constexpr double tenths = 10;
    const double rate = static_cast<double>(count) * tenths / in_seconds(time);
    return Fixed{.value = std::llround(rate), .decimals = 1};
}

std::optional<std::uint64_t> bytes_per_second(std::uint64_t bytes, std::chrono::nanoseconds time) {
    if (time.count() <= 0)
        return std::nullopt;
    const double rate = static_cast<double>(bytes) / in_seconds(time);
    return static_cast<std::uint64_t>(std::llround(rate));
}

std::string summary_line(const Summary &summary, std::string_view order, std::string_view hint,
                         std::size_t room) {
    constexpr std::string_view gap = "  ";
    const std::string right = fmt::format("by {}", order);
    std::string line;
    for (const std::string &item : items_of(summary)) {
        if (line.size() + item.size() + gap.size() + right.size() > room)
            break;
        line.append(item).append(gap);
    }
    line += right;
    // At the right end, where it does not move.
    if (!hint.empty() && line.size() + gap.size() + hint.size() <= room)
        line.append(room - line.size() - hint.size(), ' ').append(hint);
    return line;
}

void append_help(std::string &out, const Summary &summary, std::size_t lines) {
    std::vector<std::string_view> help{"q  quit, as Ctrl-C does", "s  sort by the next column",
                                       "r  reverse the order", "?  back to the table", ""};
    if (summary.tx_bytes)
        help.emplace_back("TX, RX          bytes a second");
    if (summary.open)
        help.emplace_back("open            connections, now");
    if (summary.opened)
        help.emplace_back("opened, closed  connections a second");
    else if (summary.closed)
        help.emplace_back("closed          connections a second");
    for (std::size_t i = 0; i < std::min(lines, help.size()); ++i)
        out.append(help[i]).push_back('\n');
}

} // namespace tcptrail
