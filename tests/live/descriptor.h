// Descriptors that close themselves.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "process.h"

namespace live {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) { throw_unless(fd >= 0, "descriptor"); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { close(); }
    int number() const { return fd_; }
    void close() {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = -1;
    }

  private:
    int fd_;
};

// Both ends of a pipe, closed on exec.
struct Pipe {
    Pipe() : Pipe(make()) {}
    Descriptor reading;
    Descriptor writing;

  private:
    static std::pair<int, int> make() {
        int ends[2];
        throw_unless(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        return {ends[0], ends[1]};
    }
    explicit Pipe(std::pair<int, int> ends) : reading(ends.first), writing(ends.second) {}
};

} // namespace live
