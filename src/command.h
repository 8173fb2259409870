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
    // A child that has the rights, the signal mask and dispositions that tcptrail was started with,
    // and waits until release(). `join_stdout`: its stdout goes to stderr, since stdout is for
    // data.
    [[nodiscard]] static Result<Child> hold(const Command &command, bool join_stdout);

    Child(Child &&other) noexcept;
    Child &operator=(Child &&) = delete;
    ~Child(); // one that is held ends without having run anything

    // It executes the command.
    void release();

    [[nodiscard]] pid_t pid() const { return pid_; }

    // Readable when it has ended.
    [[nodiscard]] int pidfd() const { return pidfd_; }

    void terminate() const; // SIGTERM

    // Its exit status as a shell tells it: 128+N for signal N. Waits for it to end.
    [[nodiscard]] int wait();

  private:
    Child(pid_t pid, int pidfd, int leash) : pid_(pid), pidfd_(pidfd), leash_(leash) {}

    pid_t pid_;
    int pidfd_;
    int leash_; // while it is held: a byte lets it go, the end of file ends it
};

} // namespace tcptrail
