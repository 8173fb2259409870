#include "flow/unit.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace tcptrail {
namespace {

constexpr std::string_view scope = ".scope";

std::optional<unsigned> hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return std::nullopt;
}

// As systemd escapes names: \x2d is a hyphen. A NUL stays as it is written.
std::string decoded(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name.substr(i).starts_with("\\x") && i + 3 < name.size()) {
            const auto high = hex_value(name[i + 2]);
            const auto low = hex_value(name[i + 3]);
            if (high && low && (*high != 0 || *low != 0)) {
                text += static_cast<char>(*high * 16 + *low);
                i += 3;
                continue;
            }
        }
        text += name[i];
    }
    return text;
}

// What stands between the two, both of which it has.
std::optional<std::string_view> between(std::string_view name, std::string_view begin,
                                        std::string_view end) {
    if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) ||
        !name.ends_with(end))
        return std::nullopt;
    return name.substr(begin.size(), name.size() - begin.size() - end.size());
}

// docker-ID.scope, cri-containerd-ID.scope, libpod-ID, PARENT:docker:ID, ID: not what watches a
// container (libpod-conmon-ID.scope), nor a pod (libpod_pod_ID).
std::optional<std::string_view> container_id(std::string_view name) {
    constexpr std::size_t digits = 64;
    constexpr std::size_t shown = 12;
    if (name.ends_with(scope))
        name.remove_suffix(scope.size());
    if (name.size() < digits)
        return std::nullopt;
    const std::string_view id = name.substr(name.size() - digits);
    const std::string_view before = name.substr(0, name.size() - digits);
    const bool apart = before.empty() || before.ends_with('-') || before.ends_with(':');
    if (!apart || before.ends_with("conmon-") ||
        !std::all_of(id.begin(), id.end(), [](char digit) { return hex_value(digit).has_value(); }))
        return std::nullopt;
    return id.substr(0, shown);
}

// Below these at the top of the hierarchy ctr and LXC have a group for each container, by its name.
bool is_of_containers(std::string_view above) {
    return above == "/default" || above == "/lxc" || above == "/lxc.payload";
}

// `above` is the path that `name` stands in.
std::optional<std::string> container(std::string_view above, std::string_view name) {
    if (const auto id = container_id(name))
        return std::string(*id);
    if (const auto machine = between(name, "machine-", scope))
        return decoded(*machine);
    if (const auto machine = between(name, "systemd-nspawn@", ".service"))
        return decoded(*machine);
    if (const auto lxc = between(name, "lxc.payload.", ""))
        return std::string(*lxc);
    if (is_of_containers(above))
        return std::string(name);
    return std::nullopt;
}

bool is_unit(std::string_view name) {
    constexpr std::array<std::string_view, 5> kinds{".service", ".scope", ".socket", ".mount",
                                                    ".swap"};
    return std::any_of(kinds.begin(), kinds.end(), [name](std::string_view kind) {
        return name.size() > kind.size() && name.ends_with(kind);
    });
}

// systemd puts an underscore before a name that the kernel could use itself.
std::string unit_name(std::string_view name) {
    name.remove_prefix(name.starts_with('_') ? 1 : 0);
    return decoded(name);
}

// One that may be cut is left out.
std::string path_of(const CgroupRecord &record) {
    std::string path;
    for (auto name = record.names.rbegin(); name != record.names.rend(); ++name) {
        const bool has_more_above = name == record.names.rbegin() && !name->empty();
        if (!name->empty() && !has_more_above)
            path += '/';
        if (name->size() < unit_limit)
            path += *name;
    }
    return path;
}

} // namespace

std::string unit_of(std::string_view path) {
    std::string unit;
    while (!path.empty()) {
        const std::size_t slash = path.rfind('/');
        const bool first = slash == std::string_view::npos;
        const std::string_view name = first ? path : path.substr(slash + 1);
        path = first ? std::string_view() : path.substr(0, slash);
        if (name.empty())
            continue;
        if (auto found = container(path, name))
            return *std::move(found);
        if (unit.empty() && is_unit(name))
            unit = unit_name(name);
    }
    return unit;
}

// One that is told again is the same: ids of cgroups are not used again.
void Units::take(const CgroupRecord &record) {
    if (!known_.contains(record.path))
        known_.emplace(record.path, unit_of(path_of(record)));
}

std::string_view Units::of(const Owner &owner) const {
    const auto known = known_.find(owner.path);
    return known != known_.end() ? std::string_view(known->second) : std::string_view();
}

} // namespace tcptrail
