// Any command line, a word a line.
#include <algorithm>
#include <sstream>
#include <vector>

#include "fuzz.h"
#include "options.h"
#include "views/catalog.h"

using namespace tcptrail;

namespace {

void check(const Answer &answer) {
    fuzz::require(answer.status == 0 || answer.status == 2);
    fuzz::require(!answer.text.empty());
    fuzz::require(answer.status == 0 || fuzz::shows(fuzz::printed(answer.text)));
}

void check(const Options &options) {
    fuzz::require(find_view(options.view) != nullptr);
    fuzz::require(!options.command || !options.command->argv.empty());
    for (const std::string &note : options.notes)
        fuzz::require(fuzz::shows(fuzz::printed(note)));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    // A word cannot hold NUL. What is opened to see whether it is a namespace shall be no device.
    const std::string line(reinterpret_cast<const char *>(data), size);
    if (line.find('\0') != std::string::npos || line.find("dev") != std::string::npos)
        return 0;
    std::istringstream stream(line);
    std::vector<std::string> words{"tcptrail"};
    for (std::string word; std::getline(stream, word);)
        words.push_back(word);
    std::vector<const char *> argv;
    for (const std::string &word : words)
        argv.push_back(word.c_str());
    const auto parsed = parse_options(static_cast<int>(argv.size()), argv.data());
    std::visit([](const auto &result) { check(result); }, parsed);
    return 0;
}
