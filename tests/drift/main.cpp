// kernel-drift EXPECTED NAME=BTF...: prints what is missing in which kernel. Exit status 1: a
// kernel lacks what the list in EXPECTED does not let it lack, or has what that says it lacks, or
// has none of several ways.
#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "needs.h"

using namespace drift;

namespace {

struct Kernel {
    std::string name;
    Types types;
    std::set<std::string> missing;
};

// By need, the kernels that may lack it. A line is a need and kernels; # begins a comment.
using Expected = std::map<std::string, std::set<std::string>>;

Expected read_expected(const std::string &path) {
    std::ifstream file(path);
    Expected expected;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string need;
        words >> need;
        for (std::string kernel; words >> kernel;)
            expected[need].insert(kernel);
    }
    return expected;
}

// What one of the matrix may lack, any other kernel may lack too.
bool may_lack(const Expected &expected, const std::string &kernel, const std::string &need) {
    const auto found = expected.find(need);
    return found != expected.end() && (kernel == "host" || found->second.contains(kernel));
}

bool has_a_way(const Kernel &kernel, const Choice &choice) {
    return std::any_of(choice.ways.begin(), choice.ways.end(), [&](const auto &way) {
        return std::none_of(way.begin(), way.end(),
                            [&](const std::string &need) { return kernel.missing.contains(need); });
    });
}

std::vector<std::string> complaints(const Kernel &kernel, const Needs &needs,
                                    const Expected &expected) {
    std::vector<std::string> all;
    for (const std::string &need : kernel.missing)
        if (!may_lack(expected, kernel.name, need))
            all.push_back(kernel.name + " has no " + need);
    for (const Choice &choice : needs.choices)
        if (!has_a_way(kernel, choice))
            all.push_back(kernel.name + " has no way to " + choice.what);
    for (const auto &[need, kernels] : expected)
        if (kernels.contains(kernel.name) && !kernel.missing.contains(need))
            all.push_back(kernel.name + " does not lack " + need);
    return all;
}

void print_table(const std::vector<Kernel> &kernels, const Needs &needs) {
    constexpr int need_width = 44;
    constexpr int kernel_width = 9;
    std::cout << std::left << std::setw(need_width) << "missing";
    for (const Kernel &kernel : kernels)
        std::cout << std::setw(kernel_width) << kernel.name;
    std::cout << "\n";
    for (const auto &[need, met] : needs.all) {
        const auto lacks = [&need = need](const Kernel &kernel) {
            return kernel.missing.contains(need);
        };
        if (std::none_of(kernels.begin(), kernels.end(), lacks))
            continue;
        std::cout << std::setw(need_width) << need;
        for (const Kernel &kernel : kernels)
            std::cout << std::setw(kernel_width) << (lacks(kernel) ? "missing" : ".");
        std::cout << "\n";
    }
    std::cout << needs.all.size() << " types, fields, functions and tracepoints asked of "
              << kernels.size() << " kernels\n";
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 3) {
        std::cerr << "usage: kernel-drift EXPECTED NAME=BTF...\n";
        return 2;
    }
    const Needs needs = needs_of(BPF_OBJECT);
    const Expected expected = read_expected(argv[1]);
    std::vector<Kernel> kernels;
    int status = 0;
    for (const std::string_view word : std::vector<std::string_view>(argv + 2, argv + argc)) {
        const std::size_t equals = word.find('=');
        Kernel kernel{
            std::string(word.substr(0, equals)), Types(std::string(word.substr(equals + 1))), {}};
        for (const auto &[name, met] : needs.all)
            if (!met(kernel.types))
                kernel.missing.insert(name);
        kernels.push_back(std::move(kernel));
    }
    print_table(kernels, needs);
    for (const Kernel &kernel : kernels) {
        for (const std::string &complaint : complaints(kernel, needs, expected)) {
            std::cout << "DRIFT: " << complaint << "\n";
            status = 1;
        }
    }
    return status;
}
