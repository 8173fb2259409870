#include "views/catalog.h"

#include <algorithm>

namespace tcptrail {

namespace {

constexpr std::array<std::string_view, 2> trace_options{"--event", "--no-existing"};

constexpr std::array<ViewInfo, 1> views{{
    {"trace",
     "one line per TCP connect, accept and close, as it happens",
     "[OPTION...] [-- COMMAND [ARG...]]",
     trace_options,
     {{
         {"tcptrail -c nginx -e accept,close", "who nginx serves, and how each one ended"},
         {"tcptrail -a ^127.0.0.0/8,^::1 -T", "all but loopback, with the time of day"},
         {"tcptrail -j -- curl -s URL", "what this one command opens, as JSON"},
     }}},
}};

} // namespace

std::span<const ViewInfo> all_views() {
    return views;
}

bool honours(const ViewInfo &view, std::string_view option) {
    return std::find(view.options.begin(), view.options.end(), option) != view.options.end();
}

const ViewInfo *find_view(std::string_view name) {
    for (const ViewInfo &view : views)
        if (view.name == name)
            return &view;
    return nullptr;
}

} // namespace tcptrail
