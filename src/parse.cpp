#include "parse.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "words.h"

namespace tcptrail {

namespace {

// The kernel's PID_MAX_LIMIT on 64 bits.
constexpr std::uint32_t pid_limit = 1U << 22;
constexpr std::size_t comm_limit = 15; // TASK_COMM_LEN without its NUL
constexpr std::uint64_t buffer_limit = 1ULL << 30;
constexpr std::uint64_t time_limit = 1'000'000'000; // seconds or milliseconds

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// None where it is no plain decimal number or over 64 bits.
std::optional<std::uint64_t> digits_value(std::string_view text) {
    std::uint64_t value = 0;
    if (!all_digits(text))
        return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc{})
        return std::nullopt;
    return value;
}

// "1.5" -> 1500; more digits are rounded up, over the limit it is the limit. None where it is no
// plain decimal number.
std::optional<std::uint64_t> thousandths(std::string_view text) {
    const std::size_t dot = text.find('.');
    const std::string_view whole = text.substr(0, dot);
    const std::string_view part =
        dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    const auto units = whole.empty() ? std::uint64_t{0} : digits_value(whole);
    const bool well_formed = all_digits(part) || (part.empty() && dot == std::string_view::npos);
    if (text.empty() || !units || !well_formed)
        return std::nullopt;
    if (*units >= time_limit)
        return time_limit * 1000;
    std::string digits(part.substr(0, 3));
    digits.resize(3, '0');
    const bool more = part.size() > 3 && part.find_first_not_of('0', 3) != std::string_view::npos;
    return *units * 1000 + *digits_value(digits) + (more ? 1 : 0);
}

template <typename T, std::size_t N>
Parsed<T> parse_word(std::string_view text, const std::array<OptionWord<T>, N> &words,
                     std::string_view what) {
    std::string choices;
    for (const auto &word : words) {
        if (word.name == text)
            return word.value;
        choices += fmt::format("{}{}", choices.empty() ? "" : ", ", word.name);
    }
    return Problem{fmt::format("{} is not {}: choose from {}", in_quotes(text), what, choices)};
}

// Optimal string alignment: insertions, deletions, replacements, swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({replace, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

// The first part of a glob: a `*`, or what matches one byte.
struct GlobPart {
    std::string pattern;    // as fnmatch takes it
    std::size_t length = 1; // of the text it was read from
    bool is_star = false;
    bool has_nul = false;
};

// The byte of an octal escape as in /proc/mounts, such as \040, that `text` starts with.
std::optional<unsigned char> octal_escape(std::string_view text) {
    const auto octal = [text](std::size_t i) { return text[i] >= '0' && text[i] <= '7'; };
    if (text.size() < 4 || text[0] != '\\' || text[1] > '3' || !octal(1) || !octal(2) || !octal(3))
        return std::nullopt;
    return static_cast<unsigned char>((text[1] - '0') << 6 | (text[2] - '0') << 3 |
                                      (text[3] - '0'));
}

std::string escaped(char byte) {
    constexpr std::string_view special = "*?[]\\-!^";
    return special.find(byte) == std::string_view::npos ? std::string(1, byte)
                                                        : std::string{'\\', byte};
}

// The length of the [...] that `text` starts with; 0 where it has no end and so is a plain [.
std::size_t bracket_length(std::string_view text) {
    std::size_t i = 1;
    if (i < text.size() && (text[i] == '!' || text[i] == '^'))
        ++i;
    for (bool first = true; i < text.size(); ++i, first = false) {
        if (text[i] == ']' && !first)
            return i + 1;
        if (text[i] == '\\')
            ++i;
        else if (text.substr(i).starts_with("[:"))
            i = std::min(text.find(":]", i + 2), text.size() - 1) + 1;
    }
    return 0;
}

// One byte of a name, also within [...].
GlobPart next_byte(std::string_view text) {
    if (const auto byte = octal_escape(text))
        return {escaped(static_cast<char>(*byte)), 4, false, *byte == 0};
    if (text[0] == '\\' && text.size() > 1)
        return {escaped(text[1]), 2};
    return {text[0] == '\\' ? "\\\\" : std::string(1, text[0])};
}

// `text` is not empty.
GlobPart next_part(std::string_view text) {
    if (text[0] == '*')
        return {"*", 1, true};
    const std::size_t length = text[0] == '[' ? bracket_length(text) : 0;
    if (length == 0)
        return text[0] == '[' ? GlobPart{"\\["} : next_byte(text);
    GlobPart whole{"", length};
    for (std::size_t i = 0; i < length;) {
        const GlobPart part = next_byte(text.substr(i, length - i));
        whole.pattern += part.pattern;
        whole.has_nul = whole.has_nul || part.has_nul;
        i += part.length;
    }
    return whole;
}

} // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 60;
    return fmt::format("'{}{}'", text.substr(0, longest), text.size() > longest ? "..." : "");
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
    constexpr std::size_t longest = 40; // nothing we know is longer: spares the matrix
    if (word.size() > longest)
        return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t best_distance = word.size() >= 8 ? 3 : 2;
    for (const std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

Parsed<std::vector<Rule<std::string>>> split_list(std::string_view text) {
    std::vector<Rule<std::string>> rules;
    std::size_t start = 0;
    while (true) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        std::string_view item = text.substr(start, comma - start);
        const bool exclude = item.starts_with('^') || item.starts_with('!');
        if (exclude)
            item.remove_prefix(1);
        if (item.empty() && exclude)
            return Problem{fmt::format("nothing stands behind the ^ in {}", in_quotes(text))};
        if (item.empty() && text.empty())
            return Problem{"the value is empty"};
        if (item.empty())
            return Problem{fmt::format("there is an empty value in the list {}", in_quotes(text))};
        rules.push_back({std::string(item), exclude});
        if (comma == text.size())
            return rules;
        start = comma + 1;
    }
}

Parsed<std::uint32_t> parse_number(std::string_view text, std::uint32_t low, std::uint32_t high,
                                   std::string_view what) {
    const auto value = digits_value(text);
    if (value && *value >= low && *value <= high)
        return static_cast<std::uint32_t>(*value);
    return Problem{
        fmt::format("{} is not {}: give a number from {} to {}", in_quotes(text), what, low, high)};
}

Parsed<std::uint32_t> parse_pid(std::string_view text) {
    return parse_number(text, 1, pid_limit, "a process id");
}

Parsed<PortRange> parse_ports(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto low = digits_value(text.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : digits_value(text.substr(dash + 1));
    const auto valid = [](std::optional<std::uint64_t> port) {
        return port && *port >= 1 && *port <= 65535;
    };
    if (!valid(low) || !valid(high))
        return Problem{
            fmt::format("{} is not a port or a range: give 1 to 65535, or two such as 8000-8080",
                        in_quotes(text))};
    if (*low > *high)
        return Problem{
            fmt::format("the range {} runs backwards: write {}-{}", in_quotes(text), *high, *low)};
    return PortRange{static_cast<std::uint16_t>(*low), static_cast<std::uint16_t>(*high)};
}

Parsed<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Network network;
    unsigned bits = 128;
    if (inet_pton(AF_INET, address.c_str(), network.address.data() + 12) == 1) {
        network.address[10] = network.address[11] = 0xff;
        bits = 32;
    } else if (inet_pton(AF_INET6, address.c_str(), network.address.data()) != 1) {
        return Problem{fmt::format("{} is not an address or a network: give numbers such as "
                                   "10.0.0.7, 10.0.0.0/8 or fd00::/8",
                                   in_quotes(text))};
    }
    unsigned prefix = bits;
    if (slash != std::string_view::npos) {
        const auto given = digits_value(text.substr(slash + 1));
        if (!given || *given > bits)
            return Problem{fmt::format("the prefix length of {} is not a number from 0 to {}",
                                       in_quotes(text), bits)};
        prefix = static_cast<unsigned>(*given);
    }
    network.prefix = static_cast<std::uint8_t>(prefix + (128 - bits));
    for (unsigned bit = network.prefix; bit < 128; ++bit)
        network.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    return network;
}

Parsed<CommGlob> parse_comm(std::string_view text) {
    std::string pattern;
    std::size_t bytes = 0; // that the pattern so far must match at least
    while (!text.empty()) {
        if (bytes == comm_limit && text.find_first_not_of('*') == std::string_view::npos)
            break;
        if (bytes == comm_limit)
            return CommGlob{pattern, true};
        const GlobPart part = next_part(text);
        if (part.has_nul)
            return Problem{"no process name contains \\000"};
        pattern += part.pattern;
        bytes += part.is_star ? 0 : 1;
        text.remove_prefix(part.length);
    }
    return CommGlob{pattern, false};
}

Parsed<std::uint32_t> parse_uid(std::string_view text, const char *passwd) {
    if (all_digits(text))
        return parse_number(text, 0, UINT32_MAX - 1, "a user id"); // -1 means "no user"
    const std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(passwd, "re"), &std::fclose);
    const std::string name(text);
    while (file != nullptr) {
        const struct passwd *entry = fgetpwent(file.get());
        if (entry == nullptr)
            break;
        if (name == entry->pw_name)
            return static_cast<std::uint32_t>(entry->pw_uid);
    }
    return Problem{
        fmt::format("no user {} in {}: give the number (id -u {})", in_quotes(text), passwd, name)};
}

Parsed<std::uint32_t> parse_netns(std::string_view text) {
    if (all_digits(text))
        return parse_number(text, 1, UINT32_MAX, "the inode number of a namespace");
    const std::string path(text);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return Problem{fmt::format("cannot open {}: {}; give an inode number, /proc/PID/ns/net or "
                                   "/run/netns/NAME",
                                   in_quotes(text), std::strerror(errno))};
    struct stat status {};
    const bool is_netns = ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET && fstat(fd, &status) == 0;
    close(fd);
    if (!is_netns)
        return Problem{fmt::format("{} is not a network namespace: give an inode number, "
                                   "/proc/PID/ns/net or /run/netns/NAME",
                                   in_quotes(text))};
    return static_cast<std::uint32_t>(status.st_ino);
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view units = "KMG";
    std::string_view digits = text;
    unsigned shift = 0;
    if (!text.empty()) {
        const char last = static_cast<char>(text.back() & ~0x20); // upper case of a letter
        if (const std::size_t unit = units.find(last); unit != std::string_view::npos) {
            shift = 10 * static_cast<unsigned>(unit + 1);
            digits.remove_suffix(1);
        }
    }
    const auto value = digits_value(digits);
    if (!value || *value > (UINT64_MAX >> shift))
        return Problem{
            fmt::format("{} is not a size: give bytes, or such as 64K, 2M, 1G", in_quotes(text))};
    return *value << shift;
}

Parsed<std::uint32_t> parse_buffer(std::string_view text, std::uint32_t page) {
    const auto size = parse_size(text);
    if (const auto *problem = std::get_if<Problem>(&size))
        return *problem;
    const std::uint64_t bytes = std::get<std::uint64_t>(size);
    if (bytes == 0 || bytes > buffer_limit)
        return Problem{fmt::format("{} is out of bounds: give a size up to 1G, 2M is the default",
                                   in_quotes(text))};
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(std::bit_ceil(bytes), page));
}

Parsed<std::chrono::milliseconds> parse_seconds(std::string_view text) {
    const auto value = thousandths(text);
    if (!value)
        return Problem{
            fmt::format("{} is not a time: give seconds such as 10 or 0.5", in_quotes(text))};
    if (*value >= time_limit * 1000)
        return Problem{fmt::format("{} is over {} seconds", in_quotes(text), time_limit - 1)};
    return std::chrono::milliseconds(*value);
}

Parsed<std::chrono::microseconds> parse_millis(std::string_view text) {
    const auto value = thousandths(text);
    if (!value || *value >= time_limit * 1000)
        return Problem{
            fmt::format("{} is not a time: give milliseconds such as 20 or 0.5", in_quotes(text))};
    return std::chrono::microseconds(*value);
}

Parsed<Role> parse_role(std::string_view text) {
    return parse_word(text, role_words, "a role");
}

Parsed<Backend> parse_backend(std::string_view text) {
    return parse_word(text, backend_words, "a kind of probe");
}

Parsed<Format> parse_format(std::string_view text) {
    return parse_word(text, format_words, "a format");
}

Parsed<EventKind> parse_event(std::string_view text) {
    return parse_word(text, event_words, "an event");
}

} // namespace tcptrail
