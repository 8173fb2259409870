// Tables on a terminal: which columns fit, and how a frame is drawn.
#include "catch.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "output/columns.h"
#include "output/screen.h"
#include "output/table.h"
#include "terminal.h"

using namespace tcptrail;

namespace {

constexpr std::array columns{
    Column{"pid", "PID", Align::right, 7, 7, 0, "process"},
    Column{"laddr", "LADDR", Align::left, 15, 39, 0, "address"},
    Column{"r", "RETRANSMITS", Align::right, 1, 1, 0, "its title needs more room than its value"},
};

std::vector<Column> all(TableStyle style) {
    std::vector<Column> shown;
    for (const Column &column : columns)
        shown.push_back(as_shown(column, style));
    return shown;
}

std::string header(std::size_t count, TableStyle style) {
    const auto every = all(style);
    std::string out;
    append_table_header(out, std::span(every).first(count), style);
    return out;
}

std::string frame(std::string_view lines) {
    std::string out = "before";
    append_frame(out, lines);
    return out;
}

} // namespace

TEST_CASE("as many columns fit as their header is wide") {
    for (const TableStyle style : {TableStyle{}, TableStyle{.wide = true, .human = false}}) {
        for (std::size_t count = 1; count <= columns.size(); ++count) {
            // A left column's padding is taken too, though nothing stands behind it.
            std::size_t room = count - 1;
            for (std::size_t i = 0; i < count; ++i)
                room += std::max<std::size_t>(style.wide ? columns.at(i).wide_width
                                                         : columns.at(i).width,
                                              columns.at(i).title.size());
            CHECK(header(count, style).size() <= room + 1);
            CHECK(columns_that_fit(all(style), room) == count);
            CHECK(columns_that_fit(all(style), room - 1) == std::max<std::size_t>(count - 1, 1));
        }
    }
}

TEST_CASE("widths of an ordinary table are 7, 23 and 35 characters") {
    CHECK(columns_that_fit(all({}), 22) == 1);
    CHECK(columns_that_fit(all({}), 23) == 2);
    CHECK(columns_that_fit(all({}), 34) == 2);
    CHECK(columns_that_fit(all({}), 35) == 3);
    CHECK(columns_that_fit(all({.wide = true, .human = false}), 46) == 1);
    CHECK(columns_that_fit(all({.wide = true, .human = false}), 47) == 2);
}

TEST_CASE("one column is shown on the narrowest screen, all on the widest") {
    CHECK(columns_that_fit(all({}), 0) == 1);
    CHECK(columns_that_fit(all({}), SIZE_MAX) == 3);
    CHECK(columns_that_fit({}, 80) == 0);
}

TEST_CASE("a header of a left column ends without blanks") {
    CHECK(header(3, {}) == "    PID LADDR           RETRANSMITS\n");
    CHECK(header(2, {}) == "    PID LADDR\n");
}

TEST_CASE("a frame is drawn from the top, each line over the one before") {
    CHECK(frame("a\nbc\n") == "before\x1b[?7l\x1b[H"
                              "\x1b[Ka\r\n"
                              "\x1b[Kbc\r\n"
                              "\x1b[J\x1b[?7h");
}

TEST_CASE("an empty frame clears the screen, an empty line its line") {
    CHECK(frame("") == "before\x1b[?7l\x1b[H\x1b[J\x1b[?7h");
    CHECK(frame("\n") == "before\x1b[?7l\x1b[H\x1b[K\r\n\x1b[J\x1b[?7h");
}

TEST_CASE("a last line without its end is drawn as well") {
    CHECK(frame("a") == "before\x1b[?7l\x1b[H\x1b[Ka\r\n\x1b[J\x1b[?7h");
}

TEST_CASE("one word of the last line is painted, whatever stands before it") {
    const auto painted = [](std::string lines, std::size_t index) {
        paint_word(lines, index, Paint::alarm);
        return lines;
    };
    CHECK(painted("a b\n", 0) == "\x1b[31ma\x1b[39m b\n");
    CHECK(painted("a b\n", 1) == "a \x1b[31mb\x1b[39m\n");
    CHECK(painted("a b\n  c   dd e\n", 1) == "a b\n  c   \x1b[31mdd\x1b[39m e\n");
    CHECK(painted("a", 0) == "\x1b[31ma\x1b[39m");
    CHECK(painted("a b\n", 2) == "a b\n");
    CHECK(painted("\n", 0) == "\n");
    CHECK(painted("", 0).empty());
}

TEST_CASE("a terminal has a size, of an unknown one the usual is assumed") {
    const Terminal terminal(50, 132);
    REQUIRE(screen_size(terminal.fd()).has_value());
    CHECK(screen_size(terminal.fd())->rows == 50);
    CHECK(screen_size(terminal.fd())->columns == 132);
    terminal.resize(0, 0);
    CHECK(screen_size(terminal.fd())->rows == 24);
    CHECK(screen_size(terminal.fd())->columns == 80);
}

TEST_CASE("nothing is drawn on what is no terminal, or cannot move its cursor") {
    CHECK_FALSE(screen_size(-1).has_value());
    const Terminal terminal(50, 132);
    setenv("TERM", "dumb", 1);
    CHECK_FALSE(screen_size(terminal.fd()).has_value());
    unsetenv("TERM");
    CHECK_FALSE(screen_size(terminal.fd()).has_value());
}
