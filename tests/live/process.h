// Programs started by the tests, what they print and how they end; and errors of the tests' own
// system calls, which are exceptions.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace live {

std::string self_path(); // of the running test binary

// What anything may take that happens at all; generous, for emulated machines.
inline constexpr std::chrono::seconds patience{30};

void throw_unless(bool good, std::string_view what); // std::system_error with errno
void write_file(const std::string &path, std::string_view content);
std::string read_file(const std::string &path);

// Asks again and again until the answer is true; false if it never was.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = patience);
void pause_for(std::chrono::milliseconds time);

// As fork(2), but the child is number 1 of a new pid namespace.
pid_t fork_into_pid_namespace();

struct Spawn {
    std::vector<std::string> argv;
    int stdin_fd = -1;  // -1: the test's own
    int stdout_fd = -1; // -1: kept for Process::output()
    int stderr_fd = -1; // -1: kept for Process::errors()
    uid_t uid = 0;
    std::vector<int> ignored{}; // signals, as SIGINT by sh for what it starts with &
    bool own_pids = false;      // in a pid namespace of its own
    // What the process does to itself before it becomes the program; the test fails if it throws.
    void (*prepare)() = nullptr;
};

// A running program; killed when this goes out of scope.
class Process {
  public:
    explicit Process(const Spawn &how);
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    bool running();
    // Exit status, 128+N after signal N; fails the test if it does not end.
    int wait();
    std::string output() const; // of stdout until now
    std::string errors() const; // of stderr until now
    int output_file() const { return output_; }

  private:
    [[noreturn]] void execute(const Spawn &how) const;

    int output_ = -1; // a memory file: never full, so nobody has to read it in time
    int errors_ = -1;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

std::vector<std::string> lines_of(std::string_view text);

template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        pause_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace live
