#include "output/sink.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tcptrail {
namespace {

constexpr std::size_t enough = 65536; // a pipe's capacity

bool is_terminal(int fd) {
    unsigned number = 0;
    return ::isatty(fd) == 1 && ::ioctl(fd, TIOCGPTN, &number) != 0; // no master of one
}

bool has_reader(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(fd) == 1);
}

// What `fd` is, opened anew so that O_NONBLOCK is nobody else's. -1 where that cannot be had: a
// socket, no /proc.
int open_nonblocking(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || is_terminal(fd)))
        return -1;
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

// A FIFO's open(2) waits for its reader: Ctrl-C ends that as in any other program.
int open_interruptibly(const std::string &path, int flags, mode_t mode) {
    sigset_t none;
    sigset_t before;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, &before);
    const int fd = ::open(path.c_str(), flags, mode);
    const int error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return fd;
}

bool takes_data(int fd) {
    pollfd watched{fd, POLLOUT, 0};
    return ::poll(&watched, 1, 0) == 1;
}

WriteResult result_of(int error) {
    switch (error) {
    case 0:
        return {};
    case EAGAIN:
        return {WriteStatus::blocked, 0};
    case EPIPE:
        return {WriteStatus::closed, 0};
    default:
        return {WriteStatus::failed, error};
    }
}

// Moves on in `rest` by what one write(2) took. 0 or a positive errno.
int write_some(int fd, std::string_view &rest, bool may_block) {
    if (may_block && !takes_data(fd))
        return EAGAIN;
    // What takes data at all takes so much without waiting.
    const std::size_t size = may_block ? std::min<std::size_t>(rest.size(), PIPE_BUF) : rest.size();
    const ssize_t count = ::write(fd, rest.data(), size);
    if (count < 0)
        return errno == EINTR ? 0 : errno;
    rest.remove_prefix(static_cast<std::size_t>(count));
    return 0;
}

} // namespace

Sink::Sink(int fd) : fd_(open_nonblocking(fd)), owned_(fd_ >= 0) {
    if (!owned_) {
        fd_ = fd;
        may_block_ = has_reader(fd);
    }
}

std::variant<Sink, int> Sink::create_file(const std::string &path) {
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
    int fd = open_interruptibly(path, flags, S_IRUSR | S_IWUSR);
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
    ::fcntl(fd, F_SETFL, O_NONBLOCK); // ours alone
    Sink sink;
    sink.fd_ = fd;
    sink.owned_ = true;
    return sink;
}

Sink::Sink(Sink &&other) noexcept
    : fd_(std::exchange(other.fd_, -1)), owned_(std::exchange(other.owned_, false)),
      may_block_(other.may_block_), buffer_(std::move(other.buffer_)) {}

Sink &Sink::operator=(Sink &&other) noexcept {
    if (this != &other) {
        close_owned();
        fd_ = std::exchange(other.fd_, -1);
        owned_ = std::exchange(other.owned_, false);
        may_block_ = other.may_block_;
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
        error = write_some(fd_, rest, may_block_);
    if (error == EIO && reader_gone())
        error = EPIPE; // a terminal that went away
    if (error == EAGAIN)
        buffer_.erase(0, buffer_.size() - rest.size());
    else
        buffer_.clear();
    return result_of(error);
}

WriteResult Sink::finish() {
    const WriteResult flushed = flush();
    if (flushed.status == WriteStatus::blocked || !owned_)
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
