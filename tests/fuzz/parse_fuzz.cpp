// Any text as the value of an option. The first byte says of which.
#include <array>

#include <fnmatch.h>

#include "fuzz.h"
#include "parse.h"

using namespace tcptrail;

namespace {

template <typename T> void check_problem(const Parsed<T> &parsed) {
    if (const auto *problem = std::get_if<Problem>(&parsed))
        fuzz::require(!problem->text.empty() && fuzz::shows(fuzz::printed(problem->text)));
}

void check_list(std::string_view text) {
    const auto list = split_list(text);
    check_problem(list);
    if (const auto *rules = std::get_if<std::vector<Rule<std::string>>>(&list))
        for (const auto &rule : *rules)
            fuzz::require(!rule.value.empty() && rule.value.find(',') == std::string::npos);
}

void check_ports(std::string_view text) {
    const auto parsed = parse_ports(text);
    check_problem(parsed);
    if (const auto *range = std::get_if<PortRange>(&parsed))
        fuzz::require(range->low >= 1 && range->low <= range->high);
}

void check_network(std::string_view text) {
    const auto parsed = parse_network(text);
    check_problem(parsed);
    const auto *network = std::get_if<Network>(&parsed);
    if (network == nullptr)
        return;
    fuzz::require(network->prefix <= 128);
    for (unsigned bit = network->prefix; bit < 128; ++bit)
        fuzz::require((network->address.at(bit / 8) >> (7 - bit % 8) & 1) == 0);
}

void check_comm(std::string_view text) {
    const auto parsed = parse_comm(text);
    check_problem(parsed);
    if (const auto *glob = std::get_if<CommGlob>(&parsed)) {
        fuzz::require(glob->pattern.find('\0') == std::string::npos);
        const int result = fnmatch(glob->pattern.c_str(), "fifteen \xff bytes", 0);
        fuzz::require(result == 0 || result == FNM_NOMATCH);
    }
}

void check_buffer(std::string_view text) {
    check_problem(parse_size(text));
    const auto parsed = parse_buffer(text, 4096);
    check_problem(parsed);
    if (const auto *bytes = std::get_if<std::uint32_t>(&parsed))
        fuzz::require(*bytes >= 4096 && (*bytes & (*bytes - 1)) == 0);
}

void check_times(std::string_view text) {
    const auto seconds = parse_seconds(text);
    check_problem(seconds);
    if (const auto *value = std::get_if<std::chrono::milliseconds>(&seconds))
        fuzz::require(value->count() >= 0);
    const auto millis = parse_millis(text);
    check_problem(millis);
    if (const auto *value = std::get_if<std::chrono::microseconds>(&millis))
        fuzz::require(value->count() >= 0);
}

void check_words(std::string_view text) {
    check_problem(parse_pid(text));
    check_problem(parse_uid(text, "/nonexistent"));
    check_problem(parse_role(text));
    check_problem(parse_backend(text));
    check_problem(parse_event(text));
    constexpr std::array<std::string_view, 3> candidates{"trace", "--duration",
                                                         "--max-connections"};
    (void)nearest(text, candidates);
    fuzz::require(fuzz::shows(fuzz::printed(in_quotes(text))));
}

constexpr std::array checks{check_list,   check_ports, check_network, check_comm,
                            check_buffer, check_times, check_words};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    // A word of a command line cannot hold NUL.
    if (text.empty() || text.find('\0') != std::string_view::npos)
        return 0;
    checks.at(data[0] % checks.size())(text.substr(1));
    return 0;
}
