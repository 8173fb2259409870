#include "output/sink.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tcptrail {
namespace {

constexpr std::size_t enough = 65536; // a pipe's capacity

// Waits until `fd` takes data again. 0 or a positive errno.
int wait_writable(int fd) {
    pollfd watched{fd, POLLOUT, 0};
    return ::poll(&watched, 1, -1) < 0 ? errno : 0;
}

WriteResult result_of(int error) {
    switch (error) {
    case 0:
        return {};
    case EINTR:
        return {WriteStatus::interrupted, 0};
    case EPIPE:
        return {WriteStatus::closed, 0};
    default:
        return {WriteStatus::failed, error};
    }
}

// Moves on in `rest` by what one write(2) took. 0 or a positive errno.
int write_some(int fd, std::string_view &rest) {
    const ssize_t count = ::write(fd, rest.data(), rest.size());
    if (count >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(count));
        return 0;
    }
    const int error = errno;
    return error == EAGAIN ? wait_writable(fd) : error;
}

} // namespace

std::variant<Sink, int> Sink::create_file(const std::string &path) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                    S_IRUSR | S_IWUSR);
    if (fd >= 0 && fd <= STDERR_FILENO) {
        // Started with a standard stream closed: what is meant for that stream must not end up
        // here.
        const int low = fd;
        fd = ::fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        const int error = errno;
        ::close(low);
        errno = error;
    }
    if (fd < 0)
        return errno;
    Sink sink(fd);
    sink.owned_ = true;
    return sink;
}

Sink::Sink(Sink &&other) noexcept
    : fd_(std::exchange(other.fd_, -1)), owned_(std::exchange(other.owned_, false)),
      buffer_(std::move(other.buffer_)) {}

Sink &Sink::operator=(Sink &&other) noexcept {
    if (this != &other) {
        close_owned();
        fd_ = std::exchange(other.fd_, -1);
        owned_ = std::exchange(other.owned_, false);
        buffer_ = std::move(other.buffer_);
    }
    return *this;
}

Sink::~Sink() {
    close_owned();
}

void Sink::close_owned() noexcept {
    if (owned_)
        ::close(fd_);
    owned_ = false;
    fd_ = -1;
}

bool Sink::full() const {
    return buffer_.size() >= enough;
}

WriteResult Sink::flush() {
    std::string_view rest = buffer_;
    int error = 0;
    while (!rest.empty() && error == 0)
        error = write_some(fd_, rest);
    if (error == EINTR)
        buffer_.erase(0, buffer_.size() - rest.size());
    else
        buffer_.clear();
    return result_of(error);
}

WriteResult Sink::finish() {
    const WriteResult flushed = flush();
    if (flushed.status == WriteStatus::interrupted || !owned_)
        return flushed;
    owned_ = false;
    const int error = ::close(std::exchange(fd_, -1)) < 0 ? errno : 0;
    // Linux frees the descriptor even if close(2) is interrupted.
    if (flushed.status != WriteStatus::written || error == EINTR)
        return flushed;
    return result_of(error);
}

bool Sink::reader_gone() const {
    pollfd watched{fd_, 0, 0};
    return ::poll(&watched, 1, 0) == 1 && (watched.revents & (POLLERR | POLLHUP)) != 0;
}

} // namespace tcptrail
