// For the build: fills in the completion script of one shell.
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "completion/completion.h"

namespace {

using namespace tcptrail;

Insertions insertions_of(std::string_view shell) {
    return shell == "bash"  ? bash_completion()
           : shell == "zsh" ? zsh_completion()
                            : fish_completion();
}

} // namespace

// completions bash|zsh|fish TEMPLATE FILE
int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    std::ifstream from(argv[2], std::ios::binary);
    std::string script{std::istreambuf_iterator<char>(from), {}};
    for (const auto &[mark, text] : insertions_of(argv[1])) {
        std::size_t at = script.find(mark);
        if (at == std::string::npos)
            return 1;
        for (; at != std::string::npos; at = script.find(mark, at + text.size()))
            script.replace(at, mark.size(), text);
    }
    std::ofstream to(argv[3], std::ios::binary);
    to << script << std::flush;
    return to.good() ? 0 : 1;
}
