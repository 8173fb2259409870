// Runs the real binary, named by TCPTRAIL, as a shell would.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace cli {

using Words = std::vector<std::string>;

struct Ended {
    int status = -1; // 128+N after signal N
    std::string out;
    std::string err;
};

struct How {
    std::string stdout_path; // empty: captured
    uid_t uid = 0;           // not 0: run as this user; needs root
};

Ended run(const Words &words, const How &how = {});

std::ptrdiff_t count_lines(const std::string &text);
bool contains(const std::string &text, std::string_view part);

// Wrong usage is exit status 2, one line on stderr, nothing on stdout.
void refused(const Words &words, std::string_view reason);

} // namespace cli
