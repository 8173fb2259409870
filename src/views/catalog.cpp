#include "views/catalog.h"

#include <algorithm>

#include "output/columns.h"
#include "output/formatter.h"
#include "views/life.h"
#include "views/links.h"
#include "views/top.h"
#include "views/trace.h"

namespace tcptrail {

namespace {

template <typename Row> std::vector<std::string_view> keys() {
    std::vector<std::string_view> all;
    for (const RowColumn<Row> &column : columns_of<Row>())
        all.push_back(column.column.key);
    return all;
}

template <typename Row, TableLayout (*layout)(const Options &)>
std::optional<std::string_view> key_of_title(std::string_view title) {
    const Options usual;
    for (const std::string_view key : layout(usual).keys)
        if (const auto *own = find_column<Row>(key); own != nullptr && own->column.title == title)
            return key;
    for (const RowColumn<Row> &column : columns_of<Row>())
        if (column.column.title == title)
            return column.column.key;
    return std::nullopt;
}

template <typename ViewOf, typename Row, TableLayout (*layout)(const Options &)>
std::variant<std::unique_ptr<View>, std::string> make(const Options &options, Sink &sink,
                                                      WallTime start, const Names *names) {
    auto formatter = Formatter<Row>::make(layout(options), options.output, start, names);
    if (auto *refused = std::get_if<std::string>(&formatter))
        return std::move(*refused);
    return std::make_unique<ViewOf>(options, std::get<Formatter<Row>>(std::move(formatter)), sink);
}

constexpr std::array<std::string_view, 5> trace_options{"--event", "--failed", "--slower",
                                                        "--record", "--replay"};
constexpr std::array<std::string_view, 5> life_options{"--failed", "--slower", "--open", "--record",
                                                       "--replay"};
constexpr std::array<std::string_view, 4> top_options{"--sort", "--rows", "--no-clear", "--all"};
constexpr std::array<std::string_view, 6> links_options{"--failed", "--format",   "--sort",
                                                        "--rows",   "--no-clear", "--max-links"};

constexpr std::array<ViewInfo, 4> views{{
    {"trace",
     "one line per TCP connect, accept and close, as it happens",
     "[OPTION...] [-- COMMAND [ARG...]]",
     {.openings = true},
     true,
     false,
     keys<Event>,
     key_of_title<Event, trace_layout>,
     make<TraceView, Event, trace_layout>,
     trace_options,
     {{
         {"tcptrail -c nginx -e accept,close", "who nginx serves, and how each one ended"},
         {"tcptrail -a ^127.0.0.0/8,^::1 -T", "all but loopback, with the time of day"},
         {"tcptrail -j -- curl -s URL", "what this one command opens, as JSON"},
     }}},
    {"life",
     "one line per finished connection: bytes, duration, end",
     "[OPTION...] [-- COMMAND [ARG...]]",
     {},
     true,
     false,
     keys<Event>,
     key_of_title<Event, life_layout>,
     make<LifeView, Event, life_layout>,
     life_options,
     {{
         {"tcptrail life -x -T", "what fails, or ends by a reset"},
         {"tcptrail life --open -d 0", "what is open now, with its owner"},
         {"tcptrail life -D 5432 --slower 20", "slow handshakes with the database"},
     }}},
    {"top",
     "one line per connection that moves bytes, busiest first",
     "[OPTION...] [INTERVAL [COUNT]]",
     {.open = true},
     false,
     true,
     keys<Event>,
     key_of_title<Event, top_layout>,
     make<TopView, Event, top_layout>,
     top_options,
     {{
         {"tcptrail top", "the busiest connections of each second"},
         {"tcptrail top -r 5 10 6", "five a table, six tables of ten seconds"},
         {"tcptrail top -c 'postgres*' -S rtt_ms", "the database's, slowest peers first"},
     }}},
    {"links",
     "one line per client -> server:port, with running totals",
     "[OPTION...] [INTERVAL [COUNT]] [-- COMMAND [ARG...]]",
     {.open = true, .both_ends = true},
     true,
     true,
     keys<LinkRow>,
     key_of_title<LinkRow, links_layout>,
     make<LinksView, LinkRow, links_layout>,
     links_options,
     {{
         {"tcptrail links 1", "who talks to whom, and how much"},
         {"tcptrail links -d 60 -j", "the map of a minute, as JSON"},
         {"tcptrail links -P 5432 -S connections", "who connects to the database most"},
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
