// The picture of links, as graphviz reads it.
#include "catch.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "hostile.h"
#include "output/dot.h"
#include "output/text.h"
#include "shown.h"

using namespace tcptrail;

namespace {

// What `dot -Tsvg` prints of this graph, on stderr too.
std::string rendered(const std::string &graph) {
    const std::string path = "/tmp/tcptrail-dot-" + std::to_string(getpid());
    std::ofstream(path, std::ios::binary) << graph;
    FILE *const pipe = popen(("dot -Tsvg " + path + " 2>&1").c_str(), "re");
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe))
        text += static_cast<char>(byte);
    const int status = pclose(pipe);
    unlink(path.c_str());
    INFO(text);
    REQUIRE(status == 0);
    return text;
}

// The characters that entities of XML stand for.
std::string plain(std::string text) {
    const std::map<std::string, std::string> entities{
        {"&lt;", "<"},  {"&gt;", ">"},   {"&quot;", "\""}, {"&#39;", "'"},
        {"&#45;", "-"}, {"&#160;", " "}, {"&amp;", "&"}};
    std::string result;
    while (!text.empty()) {
        const std::size_t size = text.front() == '&' ? text.find(';') + 1 : 1;
        const auto entity = entities.find(text.substr(0, size));
        result += entity != entities.end() ? entity->second : text.substr(0, size);
        text.erase(0, size);
    }
    return result;
}

// The only line of text in the node `n<number>`.
std::string text_of_node(const std::string &svg, std::size_t number) {
    const std::size_t node = svg.find("<title>n" + std::to_string(number) + "</title>");
    REQUIRE(node != std::string::npos);
    const std::string shape = svg.substr(node, svg.find("</g>", node) - node);
    const std::size_t text = shape.find("<text");
    REQUIRE(text != std::string::npos);
    REQUIRE(shape.find("<text", text + 1) == std::string::npos);
    const std::size_t begin = shape.find('>', text) + 1;
    return plain(shape.substr(begin, shape.find("</text>", begin) - begin));
}

std::string printable(const std::string &name) {
    std::string text(text_room(name.size()), '\0');
    text.resize(static_cast<std::size_t>(put_printable(text.data(), name) - text.data()));
    return text;
}

std::string drawn(const std::vector<LinkRow> &rows) {
    std::vector<const LinkRow *> all;
    for (const LinkRow &row : rows)
        all.push_back(&row);
    std::string graph;
    append_dot(graph, map_of(all), WallTime{}, nullptr);
    return graph;
}

} // namespace

TEST_CASE("graphviz shows every name as it is, and nothing of it acts") {
    for (unsigned seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        HostileText text(seed);
        std::vector<LinkRow> rows;
        std::vector<std::string> names;
        while (names.size() < 20) {
            const std::string name = std::to_string(names.size()) + text.next(12) + "!";
            LinkRow row;
            row.client = row.server = Address{};
            row.client_comm = row.server_comm = name;
            rows.push_back(row);
            names.push_back(name);
        }
        const std::string graph = drawn(rows);
        for (std::size_t begin = 0; begin < graph.size();) {
            const std::size_t end = graph.find('\n', begin);
            REQUIRE(is_inert(std::string_view(graph).substr(begin, end - begin)));
            begin = end + 1;
        }
        const std::string svg = rendered(graph);
        for (std::size_t i = 0; i < names.size(); ++i)
            REQUIRE(text_of_node(svg, i) == printable(names[i]));
    }
}

TEST_CASE("a picture shows the rows that a table would, with their numbers") {
    Shown shown("links --format dot -r 1");
    for (const std::uint8_t host : {1, 2}) {
        Event event = event_of(EventKind::close, host);
        event.tuple.raddr = ipv4(192, 0, 2, host);
        event.outcome->tx_bytes = 1000U * host;
        shown << event;
    }
    shown.report(WallTime{} + std::chrono::minutes(5));
    const std::string graph = shown.text();
    CHECK(graph.find("1 link until 1970-01-01T00:05:00Z") != std::string::npos);
    CHECK(graph.find("192.0.2.2") != std::string::npos);
    CHECK(graph.find("192.0.2.1") == std::string::npos);
    CHECK(graph.find("tx 2.0K rx") != std::string::npos);
    CHECK(rendered(graph).find("</svg>") != std::string::npos);
}

TEST_CASE("failures are told by words, too, and a link that only failed is dashed") {
    LinkRow row;
    row.client = ipv4(10, 0, 0, 1);
    row.server = ipv4(10, 0, 0, 2);
    row.client_comm = std::string("curl");
    row.server_port = 80;
    row.connections = 3;
    row.failed = 2;
    const std::string some = drawn({row});
    CHECK(some.find("3 conns, 2 failed") != std::string::npos);
    CHECK(some.find("dashed]") == std::string::npos);
    row.failed = 3;
    CHECK(drawn({row}).find("3 conns, 3 failed") != std::string::npos);
    CHECK(drawn({row}).find("style=dashed,") != std::string::npos);
}
