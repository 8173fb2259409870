// The only writer to stdout, or to the file that stands for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tcptrail {

enum class WriteStatus : std::uint8_t {
    written,     // all of it
    interrupted, // by a signal; the rest is kept for the next flush
    closed,      // the reader has gone (EPIPE); what was left is dropped
    failed,      // see `error`; what was left is dropped
};

struct [[nodiscard]] WriteResult {
    WriteStatus status = WriteStatus::written;
    int error = 0; // positive errno if failed

    bool operator==(const WriteResult &) const = default;
};

// Buffers data for one descriptor. Needs SIGPIPE ignored. Nothing is written but by flush() and
// finish().
class Sink {
  public:
    // Writes to `fd` and never closes it.
    explicit Sink(int fd) : fd_(fd) {}
    // Created with mode 0600 or truncated; a last component that is a symlink is refused. The error
    // is a positive errno. The descriptor is above 2 and closed on exec.
    [[nodiscard]] static std::variant<Sink, int> create_file(const std::string &path);

    Sink(Sink &&other) noexcept;
    Sink &operator=(Sink &&other) noexcept;
    Sink(const Sink &) = delete;
    Sink &operator=(const Sink &) = delete;
    ~Sink();

    // Append data here.
    [[nodiscard]] std::string &buffer() { return buffer_; }

    // So much waits that it should be flushed before more is added.
    [[nodiscard]] bool full() const;

    // Writes all that waits, in one write(2) if the kernel takes it whole; nothing if nothing
    // waits. A descriptor that would block is waited for. A caller that is not asked to stop
    // flushes again after `interrupted`.
    WriteResult flush();

    // flush(), then closes an own file and reports what only close(2) learns. No use after it.
    WriteResult finish();

    // True once a pipe's reader, a socket's peer or a terminal has gone. Never blocks.
    [[nodiscard]] bool reader_gone() const;

    // For epoll: without asking for any event, EPOLLERR tells that the reader has gone. Regular
    // files cannot be watched (EPERM) and need not be.
    [[nodiscard]] int fd() const { return fd_; }

  private:
    void close_owned() noexcept;

    int fd_ = -1;
    bool owned_ = false;
    std::string buffer_;
};

} // namespace tcptrail
