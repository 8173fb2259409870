// The reader's end of a BPF ring buffer. Its data is mapped once: libbpf maps it twice in a row, so
// that no record is ever in two pieces, and all of it counts as resident.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace tcptrail {

class Ring {
  public:
    // `fd` of the map, `bytes` its size. Null, and errno: it cannot be mapped.
    [[nodiscard]] static std::unique_ptr<Ring> map(int fd, std::size_t bytes);

    ~Ring();
    Ring(const Ring &) = delete;
    Ring &operator=(const Ring &) = delete;

    // Hands over every record that is there. Returns how many.
    std::size_t consume(const std::function<void(std::span<const std::byte>)> &take);

  private:
    Ring(std::byte *consumer, std::byte *producer, std::size_t bytes);

    // Of the record at this position, which the end of the data cuts in two.
    [[nodiscard]] std::span<const std::byte> joined(std::size_t start, std::size_t length);

    std::byte *consumer_;   // a page: how far was read
    std::byte *producer_;   // a page: how far was written
    const std::byte *data_; // behind that page
    std::size_t bytes_;
    std::vector<std::byte> joined_;
};

} // namespace tcptrail
