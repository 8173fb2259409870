#include "option_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

namespace tcptrail {

namespace {

using Applied = std::optional<Problem>;

// Keeps a value, or hands on the problem. `into` may be an optional.
template <typename T, typename Into> Applied store(Parsed<T> parsed, Into &into) {
    if (auto *problem = std::get_if<Problem>(&parsed))
        return std::move(*problem);
    into = std::get<T>(std::move(parsed));
    return std::nullopt;
}

// A filter of one value: a second one would silently undo the first.
template <typename T> Applied store_once(Parsed<T> parsed, std::optional<T> &into) {
    if (into.has_value())
        return Problem{"it is given twice: a filter of one value, give it once"};
    return store(std::move(parsed), into);
}

// Adds the rules of a list, each value read by `parse`.
template <typename T, typename Parse>
Applied add_list(const std::string &text, std::vector<Rule<T>> &into, Parse parse) {
    auto list = split_list(text);
    if (auto *problem = std::get_if<Problem>(&list))
        return std::move(*problem);
    for (const auto &item : std::get<std::vector<Rule<std::string>>>(list)) {
        Parsed<T> value = parse(item.value);
        if (auto *problem = std::get_if<Problem>(&value))
            return std::move(*problem);
        into.push_back({std::get<T>(std::move(value)), item.exclude});
    }
    return std::nullopt;
}

template <auto List> Applied add_ports(Draft &draft, const std::string &text) {
    return add_list(text, draft.options.birth.*List, parse_ports);
}

template <auto List> Applied add_networks(Draft &draft, const std::string &text) {
    return add_list(text, draft.options.birth.*List, parse_network);
}

Applied add_pids(Draft &draft, const std::string &text) {
    return add_list(text, draft.options.owners.pids, parse_pid);
}

Applied add_comms(Draft &draft, const std::string &text) {
    std::vector<std::string> &notes = draft.options.notes;
    const auto parse = [&notes](const std::string &name) -> Parsed<std::string> {
        auto glob = parse_comm(name);
        if (auto *problem = std::get_if<Problem>(&glob))
            return std::move(*problem);
        auto &[pattern, is_cut] = std::get<CommGlob>(glob);
        if (is_cut)
            notes.push_back(fmt::format("--comm: {} is cut to {}, a process name has 15 bytes",
                                        in_quotes(name), in_quotes(pattern)));
        return std::move(pattern);
    };
    return add_list(text, draft.options.owners.comms, parse);
}

Applied add_uids(Draft &draft, const std::string &text) {
    return add_list(text, draft.options.owners.uids,
                    [](const std::string &user) { return parse_uid(user); });
}

Applied set_user(Draft &draft, const std::string &text) {
    if (text.find_first_not_of("0123456789") == std::string_view::npos)
        return Problem{fmt::format("{} is a number: give a user's name", in_quotes(text))};
    auto uid = parse_uid(text);
    if (std::holds_alternative<Problem>(uid))
        return Problem{fmt::format("no user {} in /etc/passwd", in_quotes(text))};
    draft.user = text;
    return std::nullopt;
}

std::string in_lower_case(std::string text) {
    for (char &c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string in_upper_case(std::string text) {
    for (char &c : text)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return text;
}

// One name of --columns. A title as it is printed above a table (LADDR) is understood too, and is
// that column even where it is another's name: TX_KB of top is what moved in the interval.
Parsed<std::string> parse_column(const std::string &name, const ViewInfo &view) {
    if (const auto titled = view.key_of_title(name))
        return std::string(*titled);
    const auto keys = view.column_keys();
    std::string key = in_lower_case(name);
    if (std::find(keys.begin(), keys.end(), key) != keys.end())
        return key;
    if (const auto titled = view.key_of_title(in_upper_case(name)))
        return std::string(*titled);
    if (const auto meant = nearest(key, keys))
        return Problem{
            fmt::format("unknown column {}, did you mean '{}'?", in_quotes(name), *meant)};
    return Problem{
        fmt::format("unknown column {}, known are {}", in_quotes(name), fmt::join(keys, " "))};
}

Applied add_columns(Draft &draft, const std::string &text) {
    std::string_view rest = text;
    OutputOptions &output = draft.options.output;
    bool adds = false; // from the first + on
    while (true) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view item = rest.substr(0, comma);
        adds = adds || item.starts_with('+');
        item.remove_prefix(item.starts_with('+') ? 1 : 0);
        if (item.empty())
            return Problem{"there is an empty name in the list: give such as pid,comm,raddr"};
        auto column = parse_column(std::string(item), *draft.view);
        if (auto *problem = std::get_if<Problem>(&column))
            return std::move(*problem);
        (adds ? output.added : output.columns).push_back(std::get<std::string>(std::move(column)));
        if (comma == rest.size())
            return std::nullopt;
        rest.remove_prefix(comma + 1);
    }
}

Applied set_format(Draft &draft, const std::string &text) {
    return store(parse_format(text), draft.options.output.format);
}

Applied set_sort(Draft &draft, const std::string &text) {
    return store(parse_column(text, *draft.view), draft.options.rows.sort);
}

Applied set_rows(Draft &draft, const std::string &text) {
    constexpr std::uint32_t limit = 1U << 24;
    auto rows = parse_number(text, 1, limit, "a count");
    if (auto *problem = std::get_if<Problem>(&rows))
        return std::move(*problem);
    draft.options.rows.limit = std::get<std::uint32_t>(rows);
    return std::nullopt;
}

Applied set_max_links(Draft &draft, const std::string &text) {
    constexpr std::uint32_t limit = 1U << 24;
    return store(parse_number(text, 1, limit, "a count"), draft.options.rows.max_links);
}

Applied set_slower(Draft &draft, const std::string &text) {
    return store(parse_millis(text), draft.options.slower);
}

template <auto File> Applied set_file(Draft &draft, const std::string &path) {
    if (path.empty() || path == "-")
        return Problem{"give the name of a file"};
    draft.options.*File = path;
    return std::nullopt;
}

Applied set_output(Draft &draft, const std::string &path) {
    if (path.empty())
        return Problem{"the value is empty: give a file"};
    if (path == "-")
        return Problem{"data goes to stdout without it; for a file of this name give ./-"};
    draft.options.output.file = path;
    return std::nullopt;
}

Applied add_events(Draft &draft, const std::string &text) {
    return add_list(text, draft.events, parse_event);
}

Applied set_role(Draft &draft, const std::string &text) {
    return store_once(parse_role(text), draft.options.birth.role);
}

Applied set_netns(Draft &draft, const std::string &text) {
    return store_once(parse_netns(text), draft.options.birth.netns);
}

Applied set_cgroup(Draft &draft, const std::string &path) {
    if (path.empty())
        return Problem{"the value is empty: give a directory such as /sys/fs/cgroup/system.slice"};
    return store_once(Parsed<std::string>(path), draft.options.cgroup_path);
}

Applied set_buffer(Draft &draft, const std::string &text) {
    const auto page = static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE));
    std::uint32_t &bytes = draft.options.buffer_bytes;
    if (auto problem = store(parse_buffer(text, page), bytes))
        return problem;
    if (std::get<std::uint64_t>(parse_size(text)) != bytes)
        draft.options.notes.push_back(fmt::format(
            "--buffer: {} is rounded up to {} bytes, a power of two", in_quotes(text), bytes));
    return std::nullopt;
}

Applied set_duration(Draft &draft, const std::string &text) {
    return store(parse_seconds(text), draft.options.duration);
}

Applied set_probes(Draft &draft, const std::string &text) {
    return store(parse_backend(text), draft.options.backend);
}

Applied set_max_connections(Draft &draft, const std::string &text) {
    constexpr std::uint32_t limit = 1U << 24;
    return store(parse_number(text, 1, limit, "a count"), draft.options.max_connections);
}

using enum Section;
using enum Reach;

// Flags have no function: what they mean together is decided where all are known.
constexpr std::array options{
    OptionSpec{"-p,--pid", "PID,...", "owner's process id", filter, every_view, add_pids},
    OptionSpec{"-c,--comm", "NAME,...", "owner's name: nginx, 'postgres*' (\\040: a blank)", filter,
               every_view, add_comms},
    OptionSpec{"-u,--uid", "USER,...", "owner's user: name or number", filter, every_view,
               add_uids},
    OptionSpec{"-P,--port", "PORT,LO-HI,...", "local or remote port", filter, every_view,
               add_ports<&BirthFilter::ports>},
    OptionSpec{"-L,--lport", "PORT,LO-HI,...", "local port", filter, every_view,
               add_ports<&BirthFilter::lports>},
    OptionSpec{"-D,--rport", "PORT,LO-HI,...", "remote port", filter, every_view,
               add_ports<&BirthFilter::rports>},
    OptionSpec{"-a,--addr", "CIDR,...", "remote address: 10.0.0.7, 10.0.0.0/8, fd00::/8", filter,
               every_view, add_networks<&BirthFilter::raddrs>},
    OptionSpec{"--laddr", "CIDR,...", "local address", filter, every_view,
               add_networks<&BirthFilter::laddrs>},
    OptionSpec{"-4", "", "IPv4 on the wire", filter, every_view},
    OptionSpec{"-6", "", "IPv6 on the wire", filter, every_view},
    OptionSpec{"--role", "client|server", "opened from here, or accepted here", filter, every_view,
               set_role},
    OptionSpec{"-N,--netns", "INUM|PATH", "network namespace: /run/netns/NAME, 4026531840", filter,
               every_view, set_netns},
    OptionSpec{"--cgroup", "PATH", "owner in this cgroup or below it", filter, every_view,
               set_cgroup},
    OptionSpec{"-e,--event", "EVENT,...", "only connect, accept, close events", filter, own,
               add_events, "chooses events of trace: life shows closes, top and links sums"},
    OptionSpec{"-x,--failed", "", "only what failed, or ended by a reset or an error", filter, own,
               nullptr, "is not for top, which shows what moves bytes: take life or links"},
    OptionSpec{"--slower", "MS", "only clients whose handshake took so long", filter, own,
               set_slower, "is about single handshakes: take life or trace"},
    OptionSpec{"--no-existing", "", "ignore what was open before the start", filter},

    OptionSpec{"-T", "", "first column TIME: local time of day", output},
    OptionSpec{"-t", "", "first column TIME(s): seconds since the start", output},
    OptionSpec{"-w,--wide", "", "room for IPv6, and more columns", output},
    OptionSpec{"-o,--columns", "COLUMN,...", "exactly these columns; +NAME,... adds", output,
               every_view, add_columns},
    OptionSpec{"-j,--json", "", "JSON, one object a line", output},
    OptionSpec{"-s,--csv", "", "CSV", output},
    OptionSpec{"--format", "FORMAT", "table, json, csv, or dot: a map for graphviz", output, own,
               set_format, "is for links: elsewhere --json and --csv are all there is"},
    OptionSpec{"--output", "FILE", "data to FILE instead of stdout", output, every_view,
               set_output},
    OptionSpec{"-H,--no-header", "", "no header line", output},
    OptionSpec{"--human", "", "bytes as 1.2M instead of exact", output},
    OptionSpec{"--names", "", "names from /etc/hosts and /etc/services", output},
    OptionSpec{"--open", "", "at the end also what is open still", output, own, nullptr,
               "is for life: top and links show what is open anyway, trace what happens"},
    OptionSpec{"-S,--sort", "COLUMN", "order of the rows: largest or first on top", output, own,
               set_sort, "is for the tables of top and links: events come as they happen"},
    OptionSpec{"-r,--rows", "N", "at most so many rows of a table", output, own, set_rows,
               "is for the tables of top and links: here every event is a line"},
    OptionSpec{"-C,--no-clear", "", "do not redraw in place on a terminal", output, own, nullptr,
               "is for the tables of top and links: nothing else clears the screen"},
    OptionSpec{"--all", "", "idle connections too", output, own, nullptr,
               "is for top: nothing else leaves out what is idle"},

    OptionSpec{"-d,--duration", "SECONDS", "stop by itself", running, every_view, set_duration},
    OptionSpec{"--record", "FILE", "save the events to FILE", running, own,
               set_file<&Options::record>,
               "saves the events of trace and life: top and links are sums"},
    OptionSpec{"--replay", "FILE", "read events from FILE, not from the kernel", running, own,
               set_file<&Options::replay>,
               "reads events for trace and life: top and links are sums"},
    OptionSpec{"--user", "USER", "run COMMAND as this user", running, every_view, set_user},
    OptionSpec{"--probes", "KIND", "auto, fentry, kprobe or tracepoint", running,
               every_view_and_info, set_probes},
    OptionSpec{"--max-connections", "N", "at most so many at a time (131072)", running,
               every_view_and_info, set_max_connections},
    OptionSpec{"--max-links", "N", "at most so many, the rest as one (65536)", running, own,
               set_max_links, "is for links: nothing else keeps them"},
    OptionSpec{"--buffer", "SIZE", "for events on their way to here (2M)", running,
               every_view_and_info, set_buffer},
    OptionSpec{"-n", "", "numeric: the default, accepted for habit", running},
    OptionSpec{"-q", "", "no banner; losses are still told", running, every_view_and_info},
    OptionSpec{"-v", "", "tell what is attached, and libbpf's log", running, every_view_and_info},
    OptionSpec{"--info", "", "what can be traced here, how, and why not", running,
               every_view_and_info},
    OptionSpec{"-h,--help", "", "this text; with a view, that view's", running,
               every_view_and_info},
    OptionSpec{"--version", "", "the version", running, every_view_and_info},
};

} // namespace

std::span<const OptionSpec> all_options() {
    return options;
}

std::string_view option_name(std::string_view flags) {
    const std::size_t comma = flags.find(',');
    return comma == std::string_view::npos ? flags : flags.substr(comma + 1);
}

} // namespace tcptrail
