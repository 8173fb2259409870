// Tables that are drawn in place: the line above them, and what keys do.
#include "catch.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "link_samples.h"
#include "shown.h"
#include "terminal.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

// The lines of the last frame, without what moves the cursor; paint stays.
Lines frame(Shown &shown) {
    std::string text = shown.text();
    text.erase(0, text.rfind("\x1b[H") + 3);
    text.resize(text.find("\x1b[J"));
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find("\r\n", at);
        lines.push_back(text.substr(at + 3, end - at - 3)); // behind \x1b[K
        at = end + 2;
    }
    return lines;
}

Lines pressed(Shown &shown, Key key) {
    shown.view().press(key);
    return frame(shown);
}

Event sample(std::uint64_t id, std::uint64_t tx, std::uint64_t rx,
             EventKind kind = EventKind::open) {
    Event event = event_of(kind, id);
    event.outcome->tx_bytes = tx;
    event.outcome->rx_bytes = rx;
    return event;
}

// Two tables, one second apart: rates are known in the second.
Lines second_table(Shown &shown, const std::vector<Event> &first,
                   const std::vector<Event> &second) {
    for (const Event &event : first)
        shown << event;
    shown.report(link_start);
    for (const Event &event : second)
        shown << event;
    shown.report(link_start + 1s);
    return frame(shown);
}

// As long as it lives, colours are not wanted.
struct NoColor {
    NoColor() { setenv("NO_COLOR", "1", 1); }
    ~NoColor() { unsetenv("NO_COLOR"); }
};

} // namespace

TEST_CASE("above the rows of top stands what they come to in a second") {
    const Terminal terminal(10, 100);
    Shown shown("top -r 1 -o id,interval_tx_kb", terminal.fd());
    const auto lines =
        second_table(shown, {sample(1, 1000, 0), sample(2, 0, 0)},
                     {sample(1, 3048, 512), sample(2, 1024, 0), sample(3, 0, 0, EventKind::close)});
    CHECK(lines == Lines{"TX 3.0K/s  RX  512/s   1.0 closed/s  by TX+RX", "ID TX_KB", " 1  2.00"});
}

TEST_CASE("top --all knows what is open, and what opened") {
    const Terminal terminal(10, 100);
    Shown shown("top --all -o id", terminal.fd());
    Event existing = sample(4, 0, 0);
    existing.existing = true;
    const auto lines = second_table(
        shown, {sample(1, 0, 0)},
        {sample(1, 0, 0), sample(2, 0, 0), existing, sample(3, 0, 0, EventKind::close)});
    CHECK(lines.front() ==
          "TX    0/s  RX    0/s    3 open   2.0 opened/s   1.0 closed/s  by TX+RX");
}

TEST_CASE("above the rows of links stands what all of them come to in a second") {
    const Terminal terminal(10, 100);
    Shown shown("links -r 1 -o server_port,tx_bytes", terminal.fd());
    Flow other;
    other.port = 81;
    other.client_port = 50001;
    const Socket stays = client_of({}, 1);
    const Socket comes = client_of(other, 2);
    for (const Event &event : {stays.open(1000, 50)})
        shown << event;
    shown.report(link_start);
    CHECK(frame(shown).front().ends_with("  1 open  by TX+RX")); // it may be an old one
    shown << stays.open(3000, 60) << comes.open(48, 0);
    shown.report(link_start + 1s);
    CHECK(frame(shown) ==
          Lines{"TX 2.0K/s  RX   10/s    2 open   1.0 opened/s   0.0 closed/s  by TX+RX",
                "PORT   TX", "  80 3000"});
    shown << stays.close(3000, 60, link_start + 2s) << comes.open(48, 0);
    shown.report(link_start + 4s);
    CHECK(frame(shown).front() ==
          "TX    0/s  RX    0/s    1 open   0.0 opened/s   0.3 closed/s  by TX+RX");
}

TEST_CASE("s goes through the columns of the table, r turns the order round") {
    const NoColor plain;
    const Terminal terminal(10, 100);
    Shown shown("top -o id,interval_tx_kb", terminal.fd());
    shown.view().offer_keys();
    const auto order = [](const Lines &lines) {
        std::string ids = lines.front().substr(lines.front().find("by "));
        ids.resize(ids.find("  "));
        for (std::size_t i = 2; i < lines.size(); ++i)
            ids.append(",").append(lines[i], 0, lines[i].find(' ', 1));
        return ids;
    };
    const auto lines = second_table(shown, {}, {sample(1, 5, 0), sample(2, 7, 0), sample(3, 6, 0)});
    CHECK(order(lines) == "by TX+RX, 2, 3, 1");
    CHECK(order(pressed(shown, Key::reverse)) == "by TX+RX reversed, 1, 3, 2");
    CHECK(order(pressed(shown, Key::reverse)) == "by TX+RX, 2, 3, 1");
    CHECK(order(pressed(shown, Key::next_sort)) == "by ID, 3, 2, 1");
    CHECK(order(pressed(shown, Key::reverse)) == "by ID reversed, 1, 2, 3");
    CHECK(order(pressed(shown, Key::next_sort)) == "by TX_KB reversed, 1, 3, 2");
    CHECK(order(pressed(shown, Key::next_sort)) == "by TX+RX reversed, 1, 3, 2");
}

TEST_CASE("a key does not touch what an interval counts") {
    const Terminal terminal(10, 100);
    Shown shown("top -o id,interval_tx_kb", terminal.fd());
    shown.view().offer_keys();
    shown << sample(1, 1024, 0);
    shown.report(link_start);
    const auto before = frame(shown);
    shown << sample(1, 3072, 0);
    CHECK(pressed(shown, Key::redraw) == before);
    shown.report(link_start + 1s);
    CHECK(frame(shown).back() == " 1  2.00");
}

TEST_CASE("? shows help in the place of the table, any key the table again") {
    const Terminal terminal(10, 40);
    Shown shown("links", terminal.fd());
    shown.view().offer_keys();
    shown << client_of({}, 1).open(1000, 50);
    shown.report(link_start);
    const auto table = frame(shown);
    const auto help = pressed(shown, Key::help);
    CHECK(help.size() < 10);
    CHECK(help.at(1) == "q  quit, as Ctrl-C does");
    CHECK(pressed(shown, Key::redraw) == help);
    CHECK(pressed(shown, Key::help) == table);
    CHECK(pressed(shown, Key::help) == help);
    CHECK(pressed(shown, Key::quit) == table);
}

TEST_CASE("? is offered only where keys are read") {
    const Terminal terminal(10, 80);
    for (const bool keys : {false, true}) {
        Shown shown("links", terminal.fd());
        if (keys)
            shown.view().offer_keys();
        shown.report(link_start);
        CHECK(frame(shown).front().ends_with("? help") == keys);
    }
}

TEST_CASE("no view takes keys but top and links, and they only where they draw in place") {
    const Terminal terminal(10, 80);
    CHECK(Shown("top", terminal.fd()).view().takes_keys());
    CHECK(Shown("links", terminal.fd()).view().takes_keys());
    for (const char *line : {"trace", "life", "top -C", "links -j", "links --format dot"})
        CHECK_FALSE(Shown(line, terminal.fd()).view().takes_keys());
    CHECK_FALSE(Shown("top").view().takes_keys());
}

TEST_CASE("the column of the order and failures stand out, unless NO_COLOR is set") {
    const Terminal terminal(10, 80);
    const auto lines = [&terminal] {
        Shown shown("links -S failed -o server_port,failed,tx_bytes", terminal.fd());
        shown << client_of({}, 1).close(0, 0, link_start - 5s, End::refused);
        shown.report(link_start);
        return frame(shown);
    };
    CHECK(lines().at(1) == "PORT \x1b[1;4mFAILED\x1b[22;24m TX");
    CHECK(lines().at(2) == "  80      \x1b[31m1\x1b[39m  0");
    const NoColor plain;
    CHECK(lines().at(1) == "PORT FAILED TX");
    CHECK(lines().at(2) == "  80      1  0");
}

TEST_CASE("without a header there is no line above it either, nor in a window of three lines") {
    Terminal terminal(10, 80);
    Shown bare("top -H -o id", terminal.fd());
    bare << sample(1, 5, 0);
    bare.report(link_start);
    CHECK(frame(bare) == Lines{" 1"});
    terminal.resize(3, 80);
    Shown low("top -o id", terminal.fd());
    low << sample(1, 5, 0);
    low.report(link_start);
    CHECK(frame(low) == Lines{"ID", " 1"});
}
