#include "kernel/ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tcptrail {
namespace {

std::size_t page_bytes() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::byte *map_pages(int fd, std::size_t bytes, int access, std::size_t offset) {
    void *pages = mmap(nullptr, bytes, access, MAP_SHARED, fd, static_cast<off_t>(offset));
    return pages != MAP_FAILED ? static_cast<std::byte *>(pages) : nullptr;
}

// Positions count bytes since the beginning of time.
std::uint64_t load_position(const std::byte *page) {
    return __atomic_load_n(reinterpret_cast<const std::uint64_t *>(page), __ATOMIC_ACQUIRE);
}

} // namespace

Ring::Ring(std::byte *consumer, std::byte *producer, std::size_t bytes)
    : consumer_(consumer), producer_(producer), data_(producer + page_bytes()), bytes_(bytes) {}

Ring::~Ring() {
    munmap(consumer_, page_bytes());
    munmap(producer_, page_bytes() + bytes_);
}

std::unique_ptr<Ring> Ring::map(int fd, std::size_t bytes) {
    const std::size_t page = page_bytes();
    std::byte *consumer = map_pages(fd, page, PROT_READ | PROT_WRITE, 0);
    if (consumer == nullptr)
        return nullptr;
    std::byte *producer = map_pages(fd, page + bytes, PROT_READ, page);
    if (producer == nullptr) {
        munmap(consumer, page);
        return nullptr;
    }
    return std::unique_ptr<Ring>(new Ring(consumer, producer, bytes));
}

std::span<const std::byte> Ring::joined(std::size_t start, std::size_t length) {
    joined_.assign(data_ + start, data_ + bytes_);
    joined_.insert(joined_.end(), data_, data_ + (length - joined_.size()));
    return joined_;
}

std::size_t Ring::consume(const std::function<void(std::span<const std::byte>)> &take) {
    auto *read = reinterpret_cast<std::uint64_t *>(consumer_);
    std::uint64_t position = *read;
    std::size_t count = 0;
    while (position < load_position(producer_)) {
        // A record begins at a multiple of 8, so its length is never in two pieces.
        const auto *head =
            reinterpret_cast<const std::uint32_t *>(data_ + (position & (bytes_ - 1)));
        const std::uint32_t length = __atomic_load_n(head, __ATOMIC_ACQUIRE);
        if ((length & BPF_RINGBUF_BUSY_BIT) != 0)
            break;
        const std::uint32_t payload = length & ~BPF_RINGBUF_DISCARD_BIT;
        if (payload == length) {
            const std::size_t start = (position + BPF_RINGBUF_HDR_SZ) & (bytes_ - 1);
            take(start + payload <= bytes_ ? std::span(data_ + start, payload)
                                           : joined(start, payload));
            count++;
        }
        position += (BPF_RINGBUF_HDR_SZ + payload + 7) & ~7ULL;
        __atomic_store_n(read, position, __ATOMIC_RELEASE);
    }
    return count;
}

} // namespace tcptrail
