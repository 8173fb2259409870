// Network namespaces of the tests' own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace live {

class NetNamespace {
  public:
    NetNamespace(); // a new one, with its loopback up
    NetNamespace(NetNamespace &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    NetNamespace(const NetNamespace &) = delete;
    NetNamespace &operator=(const NetNamespace &) = delete;
    NetNamespace &operator=(NetNamespace &&) = delete;
    ~NetNamespace();

    static NetNamespace current();

    void enter() const; // for the rest of the process's life, or until the next
    int fd() const { return fd_; }
    std::int64_t inode() const;
    std::string path() const; // for others, as long as this process holds the namespace

  private:
    explicit NetNamespace(int fd) : fd_(fd) {}

    int fd_ = -1;
};

// Puts the test itself into a namespace for the length of a block.
class Inside {
  public:
    explicit Inside(const NetNamespace &there) { there.enter(); }
    ~Inside() { back_.enter(); }
    Inside(const Inside &) = delete;
    Inside &operator=(const Inside &) = delete;

  private:
    NetNamespace back_ = NetNamespace::current();
};

} // namespace live
