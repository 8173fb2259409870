// COMMAND: the program that tcptrail runs and follows.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "failure.h"
#include "options.h"

namespace tcptrail {

class Child {
  public:
    // Runs the command with the signal mask and dispositions that tcptrail was started with.
    // `join_stdout`: its stdout goes to stderr, since stdout is for data.
    [[nodiscard]] static Result<Child> run(const Command &command, bool join_stdout);

    Child(Child &&other) noexcept;
    Child &operator=(Child &&) = delete;
    ~Child();

    // Readable when it has ended.
    [[nodiscard]] int pidfd() const { return pidfd_; }

    void terminate() const; // SIGTERM

    // Its exit status as a shell tells it: 128+N for signal N. Waits for it to end.
    [[nodiscard]] int wait();

  private:
    Child(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}

    pid_t pid_;
    int pidfd_;
};

} // namespace tcptrail
