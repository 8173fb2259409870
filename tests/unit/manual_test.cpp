// What README.md and the manual tell people to type.
#include "command_line.h"
#include "questions.h"

#include <fstream>
#include <iterator>

using namespace tcptrail;

namespace {

std::string text_of(const std::string &name) {
    std::ifstream file(PROJECT_FILES "/" + name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

// Without the shell's quotes, and with a network namespace that is there.
std::string typed_here(std::string command) {
    command = replaced(std::move(command), "'", "");
    for (const std::string_view netns : {"/proc/4321/ns/net", "/run/netns/blue"})
        command = replaced(std::move(command), netns, "/proc/self/ns/net");
    return command;
}

// The command lines in the manual.
std::vector<std::string> commands_of_manual() {
    std::vector<std::string> commands;
    std::istringstream manual(text_of("man/tcptrail.8"));
    for (std::string line; std::getline(manual, line);)
        for (const std::string_view macro : {".Dl # tcptrail", ".Li # tcptrail"})
            if (line.starts_with(macro))
                commands.push_back(replaced(line.substr(macro.size()), "\\-", "-"));
    return commands;
}

} // namespace

TEST_CASE("README and the manual have each question with its command") {
    const std::string readme = text_of("README.md");
    const std::string manual = replaced(text_of("man/tcptrail.8"), "\\-", "-");
    for (const manual::Question &question : manual::questions) {
        const std::string asked(question.asked);
        const std::string command(question.command);
        CAPTURE(asked, command);
        CHECK(contains(manual, ".It " + asked + "\n.Li # " + command + "\n"));
        const auto at = readme.find("    " + asked + "  ");
        REQUIRE(at != std::string::npos);
        const std::string line = readme.substr(at, readme.find('\n', at) - at);
        CHECK(line.ends_with("  " + command));
    }
}

TEST_CASE("every command line in the manual is one that is taken") {
    const auto commands = commands_of_manual();
    REQUIRE(commands.size() > std::size(manual::questions));
    for (const std::string &command : commands) {
        CAPTURE(command);
        const auto words = split_words(typed_here(command));
        const auto result = parsed(arguments(words));
        if (const auto *answer = std::get_if<Answer>(&result))
            CHECK(answer->status == 0);
    }
}
