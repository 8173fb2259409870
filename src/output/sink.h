// The only writer to stdout, or to the file that stands for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tcptrail {

enum class WriteStatus : std::uint8_t {
    written, // all of it
    blocked, // the reader is slow; the rest is kept for the next flush
    closed,  // the reader has gone (EPIPE); what was left is dropped
    failed,  // see `error`; what was left is dropped
};

struct [[nodiscard]] WriteResult {
    WriteStatus status = WriteStatus::written;
    int error = 0; // positive errno if failed

    bool operator==(const WriteResult &) const = default;
};

// Buffers data for one descriptor. Needs SIGPIPE ignored. Nothing is written but by flush() and
// finish(), and neither waits for a reader.
class Sink {
  public:
    // Writes to what `fd` is, and never closes it, nor changes its flags, which others may share.
    explicit Sink(int fd);
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
    // waits. After `blocked` a caller waits for POLLOUT, or gives up.
    WriteResult flush();

    // flush(), then closes an own file and reports what only close(2) learns. No use after it,
    // but again after `blocked`.
    WriteResult finish();

    // True once a pipe's reader, a socket's peer or a terminal has gone. Never blocks.
    [[nodiscard]] bool reader_gone() const;

    // For poll and epoll: without asking for any event, EPOLLERR tells that the reader has gone.
    // epoll cannot watch regular files (EPERM) and need not.
    [[nodiscard]] int fd() const { return fd_; }

  private:
    Sink() = default;
    void close_owned() noexcept;

    int fd_ = -1;
    bool owned_ = false;
    bool may_block_ = false; // write(2) might wait for a reader
    std::string buffer_;
};

} // namespace tcptrail
