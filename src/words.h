// The words that values of options are chosen from, and what each stands for.
#pragma once

#include <array>
#include <string_view>

#include "options.h"

namespace tcptrail {

template <typename T> struct OptionWord {
    std::string_view name;
    T value;
};

inline constexpr std::array<OptionWord<Role>, 2> role_words{
    {{"client", Role::client}, {"server", Role::server}}};

inline constexpr std::array<OptionWord<Backend>, 4> backend_words{
    {{"auto", Backend::automatic},
     {"fentry", Backend::fentry},
     {"kprobe", Backend::kprobe},
     {"tracepoint", Backend::tracepoint}}};

inline constexpr std::array<OptionWord<Format>, 4> format_words{
    {{"table", Format::table}, {"json", Format::json}, {"csv", Format::csv}, {"dot", Format::dot}}};

inline constexpr std::array<OptionWord<EventKind>, 3> event_words{
    {{"connect", EventKind::connect}, {"accept", EventKind::accept}, {"close", EventKind::close}}};

} // namespace tcptrail
