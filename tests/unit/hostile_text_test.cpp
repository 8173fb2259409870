// Text from outside in every output: nothing of it acts, and what a format promises comes back.
#include "catch.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <csv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostile.h"
#include "output/diag.h"
#include "output/formatter.h"
#include "recordings.h"
#include "shown.h"
#include "terminal.h"

using namespace tcptrail;

namespace {

constexpr unsigned rounds = 200;
constexpr std::size_t names_a_round = 20;

std::vector<std::string> hostile_names(unsigned seed) {
    HostileText text(seed);
    std::vector<std::string> names;
    while (names.size() < names_a_round)
        names.push_back(text.next(15));
    return names;
}

Event event_named(const std::string &name, EventKind kind = EventKind::close) {
    Event event = event_of(kind, 1);
    event.owner->comm = name;
    return event;
}

// What the view of this command line prints of one event for each name.
std::vector<std::string> lines_of(const std::string &line, const std::vector<std::string> &names) {
    Shown shown(line);
    for (const std::string &name : names) {
        Event event = event_named(name);
        event.unit = name;
        shown << event;
    }
    return shown.lines();
}

// The names at both ends of links.
std::vector<std::string> links_of(const std::string &line, const std::vector<std::string> &names) {
    const Options chosen = options_of(line);
    auto made = Formatter<LinkRow>::make(links_layout(chosen), chosen.output, WallTime{}, nullptr);
    REQUIRE(std::holds_alternative<Formatter<LinkRow>>(made));
    std::string out;
    for (const std::string &name : names) {
        LinkRow row;
        row.client_comm = row.server_comm = name;
        std::get<Formatter<LinkRow>>(made).line(out, row);
    }
    std::istringstream stream(out);
    std::vector<std::string> lines;
    for (std::string text; std::getline(stream, text);)
        lines.push_back(text);
    return lines;
}

// Rows of fields, by a parser that takes nothing but RFC 4180.
class CsvReader {
  public:
    explicit CsvReader(const std::string &text) {
        csv_parser parser{};
        REQUIRE(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0);
        REQUIRE(csv_parse(&parser, text.data(), text.size(), end_field, end_row, this) ==
                text.size());
        REQUIRE(csv_fini(&parser, end_field, end_row, this) == 0);
        csv_free(&parser);
    }

    [[nodiscard]] const std::vector<std::vector<std::string>> &rows() const { return rows_; }

  private:
    static void end_field(void *field, std::size_t size, void *self) {
        static_cast<CsvReader *>(self)->row_.emplace_back(static_cast<const char *>(field), size);
    }
    static void end_row(int, void *self) {
        auto *reader = static_cast<CsvReader *>(self);
        reader->rows_.push_back(std::exchange(reader->row_, {}));
    }

    std::vector<std::string> row_;
    std::vector<std::vector<std::string>> rows_;
};

std::string joined(const std::vector<std::string> &lines) {
    std::string text;
    for (const std::string &line : lines)
        text += line + "\n";
    return text;
}

// What Diag writes.
std::string told(std::string_view text) {
    const int fd = memfd_create("stderr", MFD_CLOEXEC);
    REQUIRE(fd >= 0);
    Diag(fd).problem(text);
    std::string written(10 * text.size() + 100, '\0');
    const ssize_t size = pread(fd, written.data(), written.size(), 0);
    close(fd);
    REQUIRE(size > 0);
    written.resize(static_cast<std::size_t>(size));
    return written;
}

} // namespace

TEST_CASE("no name leaves its line, its field or its terminal in a table") {
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const auto names = hostile_names(seed);
        for (const std::string line :
             {"trace -H -w -o comm,pid", "life -H -o comm,pid", "trace -H -o unit,pid"}) {
            const auto lines = lines_of(line, names);
            REQUIRE(lines.size() == names.size());
            for (const std::string &text : lines) {
                REQUIRE(is_inert(text));
                REQUIRE(split_words(text).size() == 2);
                REQUIRE(text.front() != '#');
            }
        }
        const auto links = links_of("links -o client_comm,server_comm", names);
        REQUIRE(links.size() == names.size());
        for (const std::string &text : links)
            REQUIRE((is_inert(text) && split_words(text).size() == 2));
    }
}

TEST_CASE("no name draws on the screen but itself") {
    const Terminal terminal(40, 100);
    constexpr std::string_view begin = "\x1b[?7l\x1b[H";
    constexpr std::string_view end = "\x1b[J\x1b[?7h";
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        Shown shown("top --all -o comm,pid", terminal.fd());
        std::uint64_t id = 0;
        for (const std::string &name : hostile_names(seed)) {
            Event event = event_named(name, EventKind::open);
            event.id = ++id;
            shown << event;
        }
        shown.report();
        const std::string text = shown.text();
        std::string_view frame = text;
        REQUIRE(frame.starts_with(begin));
        REQUIRE(frame.ends_with(end));
        frame = frame.substr(begin.size(), frame.size() - begin.size() - end.size());
        for (std::size_t lines = 0; lines < names_a_round + 2; ++lines) { // the sums, the header
            REQUIRE(frame.starts_with("\x1b[K"));
            const std::size_t length = frame.find("\r\n");
            REQUIRE(length != std::string_view::npos);
            REQUIRE(is_inert(frame.substr(3, length - 3)));
            frame.remove_prefix(length + 2);
        }
        REQUIRE(frame.empty());
    }
}

TEST_CASE("a strict reader of JSON gets every name back, U+FFFD for what is not UTF-8") {
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const auto names = hostile_names(seed);
        for (const std::string view : {"trace -j", "life -j"}) {
            const auto lines = lines_of(view, names);
            REQUIRE(lines.size() == names.size());
            for (std::size_t i = 0; i < names.size(); ++i) {
                REQUIRE(is_inert(lines[i]));
                REQUIRE(nlohmann::json::parse(lines[i]).at("comm") == as_utf8(names[i]));
            }
        }
        const auto units = lines_of("trace -j -o unit", names);
        for (std::size_t i = 0; i < names.size(); ++i) {
            REQUIRE(is_inert(units[i]));
            const auto unit = nlohmann::json::parse(units[i]).at("unit");
            REQUIRE((names[i].empty() ? unit.is_null() : unit == as_utf8(names[i])));
        }
        const auto links = links_of("links -j", names);
        REQUIRE(links.size() == names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            REQUIRE(is_inert(links[i]));
            const auto link = nlohmann::json::parse(links[i]);
            REQUIRE(link.at("client_comm") == as_utf8(names[i]));
            REQUIRE(link.at("server_comm") == as_utf8(names[i]));
        }
    }
}

TEST_CASE("a strict reader of CSV gets every name back, but what does not show or computes") {
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const auto names = hostile_names(seed);
        const auto check = [&names](const std::vector<std::string> &lines) {
            REQUIRE(lines.size() == names.size());
            const CsvReader reader(joined(lines));
            REQUIRE(reader.rows().size() == names.size());
            for (std::size_t i = 0; i < names.size(); ++i) {
                REQUIRE(is_inert(lines[i]));
                REQUIRE(reader.rows()[i].size() == 3);
                REQUIRE(reader.rows()[i][1] == as_csv(names[i]));
            }
        };
        check(lines_of("trace -s -H -o pid,comm,raddr", names));
        check(lines_of("life -s -H -o pid,comm,raddr", names));
        check(lines_of("trace -s -H -o pid,unit,raddr", names));
        check(links_of("links -s -o netns,client_comm,open", names));
    }
}

TEST_CASE("the cause of a loss is as harmless as a name") {
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const std::string cause = HostileText(seed).next(64);
        Shown shown("trace -j");
        shown.view().lost({WallTime{}, 1, cause});
        const auto lines = shown.lines();
        REQUIRE(lines.size() == 1);
        REQUIRE(is_inert(lines.front()));
        REQUIRE(nlohmann::json::parse(lines.front()).at("cause") == as_utf8(cause));
    }
}

TEST_CASE("a message on stderr is one line of its own, whatever it quotes") {
    for (unsigned seed = 0; seed < 10 * rounds; ++seed) {
        CAPTURE(seed);
        const std::string text = told("--replay " + HostileText(seed).next(200) + ": no such file");
        REQUIRE(text.starts_with("tcptrail: --replay "));
        REQUIRE(text.ends_with(": no such file\n"));
        REQUIRE(is_inert(std::string_view(text).substr(0, text.size() - 1)));
    }
}

TEST_CASE("a recording brings back every byte of a name, and shows as the run did") {
    for (unsigned seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const auto names = hostile_names(seed);
        std::string file = recording_head(run_start);
        for (const std::string &name : names)
            append_entry(file, event_named(name));
        const auto items = read_all(file, 1 + seed);
        REQUIRE(items.size() == names.size() + 1);
        for (std::size_t i = 0; i < names.size(); ++i)
            REQUIRE(std::get<Event>(items[i]).owner->comm == names[i]);
        for (const char *line : {"trace", "trace -s", "trace -j"}) {
            Shown live(line);
            Shown replayed(line);
            for (std::size_t i = 0; i < names.size(); ++i) {
                live << event_named(names[i]);
                replayed << std::get<Event>(items[i]);
            }
            REQUIRE(replayed.text() == live.text());
        }
    }
}
