// What --help and --version print, and that the catalog and the options' table fit together.
#include "catch.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "option_table.h"
#include "output/columns.h"
#include "views/catalog.h"

using namespace tcptrail;

namespace {

std::vector<std::string> lines(const std::string &of) {
    std::istringstream stream(of);
    std::vector<std::string> result;
    for (std::string line; std::getline(stream, line);)
        result.push_back(line);
    return result;
}

// The options that a help text names.
std::set<std::string> named_options(const std::string &help) {
    std::set<std::string> names;
    std::string separated(help);
    std::replace(separated.begin(), separated.end(), ',', ' ');
    for (const std::string &word : split_words(separated))
        if (word.size() > 1 && word[0] == '-' && word != "--")
            names.insert(word);
    return names;
}

std::string help_of(const ViewInfo &view) {
    return answer_to({std::string(view.name).c_str(), "--help"});
}

const OptionSpec *find_option(std::string_view name) {
    for (const OptionSpec &option : all_options())
        if (option_name(option.flags) == name)
            return &option;
    return nullptr;
}

} // namespace

TEST_CASE("the overview names every view, option and column within 80 columns") {
    const std::string help = answer_to({"--help"});
    for (const ViewInfo &view : all_views())
        CHECK(contains(help, "\n  " + std::string(view.name) + " "));
    const auto names = named_options(help);
    for (const OptionSpec &option : all_options()) {
        CAPTURE(option.flags);
        CHECK(names.count(std::string(option_name(option.flags))) == 1);
        CHECK(contains(help, "  " + std::string(option.meaning) + "\n"));
    }
    const auto words = split_words(help);
    for (const ViewInfo &view : all_views())
        for (const std::string_view column : view.column_keys())
            CHECK(std::find(words.begin(), words.end(), column) != words.end());
    for (const std::string &line : lines(help)) {
        CAPTURE(line);
        CHECK(line.size() <= 80);
    }
    CHECK(answer_to({"-h"}) == help);
    CHECK(answer_to({"-p", "abc", "-h"}) == help);
}

TEST_CASE("each view's help fits one screen") {
    for (const ViewInfo &view : all_views()) {
        CAPTURE(view.name);
        const std::string help = help_of(view);
        CHECK(lines(help).size() <= 24);
        for (const std::string &line : lines(help)) {
            CAPTURE(line);
            CHECK(line.size() <= 80);
        }
    }
}

TEST_CASE("each view's help lists its own options with their meaning, and no other view's") {
    for (const ViewInfo &view : all_views()) {
        CAPTURE(view.name);
        const std::string help = help_of(view);
        const std::string listed = help.substr(0, help.find("\nExamples:"));
        const auto names = named_options(listed);
        for (const OptionSpec &option : all_options()) {
            CAPTURE(option.flags);
            const auto name = option_name(option.flags);
            const bool own = honours(view, name);
            CHECK((names.count(std::string(name)) == 1) == (own || option.reach != Reach::own));
            CHECK(contains(listed, "  " + std::string(option.meaning) + "\n") == own);
        }
    }
}

TEST_CASE("each view's help says how to call it, and shows it") {
    for (const ViewInfo &view : all_views()) {
        CAPTURE(view.name);
        const std::string help = help_of(view);
        const std::string usage = lines(help).front();
        CHECK(usage.starts_with("Usage: tcptrail " + std::string(view.name) + " "));
        CHECK(contains(usage, "[INTERVAL [COUNT]]") == view.intervals);
        CHECK(contains(usage, "[-- COMMAND") == view.runs_command);
        for (const Example &example : view.examples)
            CHECK(contains(help, example.command));
    }
    CHECK(answer_to({"--help", "top"}) == answer_to({"top", "-h"}));
    CHECK(contains(refusal({"nosuch", "--help"}), "unknown view"));
}

TEST_CASE("the examples of the help are understood") {
    for (const ViewInfo &view : all_views()) {
        for (const Example &example : view.examples) {
            CAPTURE(example.command);
            auto words = split_words(std::string(example.command));
            REQUIRE(words.front() == "tcptrail");
            words.erase(words.begin());
            CHECK(options(arguments(words)).view == view.name);
        }
    }
}

TEST_CASE("every option that the catalog names exists and is a view's own") {
    for (const ViewInfo &view : all_views()) {
        for (const std::string_view name : view.options) {
            CAPTURE(view.name, name);
            const OptionSpec *option = find_option(name);
            REQUIRE(option != nullptr);
            CHECK(option->reach == Reach::own);
        }
    }
}

TEST_CASE("every option of some views is honoured by one, and the others have a reason to refuse") {
    for (const OptionSpec &option : all_options()) {
        CAPTURE(option.flags);
        const auto name = option_name(option.flags);
        const bool own = option.reach == Reach::own;
        CHECK(option.refusal.empty() != own);
        CHECK(std::any_of(all_views().begin(), all_views().end(),
                          [name](const ViewInfo &view) { return honours(view, name); }) == own);
    }
}

TEST_CASE("no two options share a flag") {
    std::set<std::string> flags;
    for (const OptionSpec &option : all_options())
        for (const std::string &flag : named_options(std::string(option.flags)))
            CHECK(flags.insert(flag).second);
}

TEST_CASE("a view is found by its name and nothing else") {
    for (const ViewInfo &view : all_views())
        CHECK(find_view(view.name) == &view);
    CHECK(find_view("") == nullptr);
    CHECK(find_view("Top") == nullptr);
    CHECK(find_view("to") == nullptr);
}

TEST_CASE("a view's titles lead to its columns, its own table's first") {
    CHECK(find_view("top")->key_of_title("TX_KB") == "interval_tx_kb");
    CHECK(find_view("life")->key_of_title("TX_KB") == "tx_kb");
    CHECK(find_view("links")->key_of_title("SCOMM") == "server_comm");
    CHECK(find_view("links")->key_of_title("TIME(s)") == "time_s");
    CHECK_FALSE(find_view("links")->key_of_title("COMM"));
    CHECK_FALSE(find_view("trace")->key_of_title(""));
}

TEST_CASE("--version is one line") {
    const std::string version = answer_to({"--version"});
    CHECK(version.starts_with("tcptrail "));
    CHECK(lines(version).size() == 1);
}
