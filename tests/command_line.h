// Command lines as tests write them, and what becomes of them.
#pragma once

#include "catch.h"

#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "options.h"

namespace tcptrail {

using ArgumentList = std::vector<const char *>;

inline std::variant<Options, Answer> parsed(ArgumentList words) {
    words.insert(words.begin(), "tcptrail");
    return parse_options(static_cast<int>(words.size()), words.data());
}

inline Options options(const ArgumentList &words) {
    auto result = parsed(words);
    if (const auto *answer = std::get_if<Answer>(&result))
        FAIL("refused: " << answer->text);
    return std::get<Options>(std::move(result));
}

// Words separated by blanks.
inline std::vector<std::string> split_words(const std::string &line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

inline ArgumentList arguments(const std::vector<std::string> &words) {
    ArgumentList list;
    for (const std::string &word : words)
        list.push_back(word.c_str());
    return list;
}

inline Options options_of(const std::string &line) {
    const auto words = split_words(line);
    return options(arguments(words));
}

// The one line of a wrong usage.
inline std::string refusal(const ArgumentList &words) {
    const auto result = parsed(words);
    if (std::holds_alternative<Options>(result))
        return "accepted";
    const Answer &answer = std::get<Answer>(result);
    CHECK(answer.status == 2);
    CHECK(answer.text.find('\n') == std::string::npos);
    CHECK(answer.text.find("tcptrail:") == std::string::npos); // said by who prints it
    return answer.text;
}

inline std::string refusal_of(const std::string &line) {
    const auto words = split_words(line);
    return refusal(arguments(words));
}

// What --help or --version print.
inline std::string answer_to(const ArgumentList &words) {
    const auto result = parsed(words);
    REQUIRE(std::holds_alternative<Answer>(result));
    CHECK(std::get<Answer>(result).status == 0);
    return std::get<Answer>(result).text;
}

inline bool contains(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace tcptrail
