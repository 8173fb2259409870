#include "ordinary.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "process.h"

namespace live {

namespace {

constexpr uid_t nobody = 65534;

} // namespace

std::vector<std::string> as_ordinary_user(const std::vector<int> &capabilities,
                                          const std::vector<std::string> &command) {
    std::vector<std::string> words = {self_path(), "ordinary-user"};
    for (const int capability : capabilities)
        words.push_back(std::to_string(capability));
    words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

int be_ordinary_user(const std::vector<std::string> &words) {
    __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> sets{};
    std::size_t next = 1;
    std::vector<int> capabilities;
    for (; words.at(next) != "--"; next++) {
        const int capability = capabilities.emplace_back(std::stoi(words[next]));
        auto &set = sets[static_cast<std::size_t>(capability / 32)];
        set.effective |= 1U << (capability % 32);
        set.permitted = set.inheritable = set.effective;
    }
    throw_unless(prctl(PR_SET_KEEPCAPS, 1) == 0, "PR_SET_KEEPCAPS");
    throw_unless(setresgid(nobody, nobody, nobody) == 0, "setresgid");
    throw_unless(setresuid(nobody, nobody, nobody) == 0, "setresuid");
    throw_unless(syscall(SYS_capset, &head, sets.data()) == 0, "capset");
    // Of an ordinary user execve(2) keeps the ambient ones only.
    for (const int capability : capabilities)
        throw_unless(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0, "ambient");
    std::vector<char *> argv;
    for (std::size_t i = next + 1; i < words.size(); i++)
        argv.push_back(const_cast<char *>(words[i].c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    throw_unless(false, words[next + 1]);
    return 1;
}

} // namespace live
