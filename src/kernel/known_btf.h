// Spares libbpf the reading of the kernel's BTF, for what was read of it already.
#pragma once

#include <string>
#include <vector>

#include "kernel/facts.h"

namespace tcptrail {

// While it lives, objects that are opened with path() get their types and the targets of their
// programs from the facts, which must outlive it. One for a whole run: libbpf before 1.3
// crashes when handlers are registered after all of them were taken away.
class KnownBtf {
  public:
    explicit KnownBtf(const KernelFacts &facts);
    ~KnownBtf();
    KnownBtf(const KnownBtf &) = delete;
    KnownBtf &operator=(const KnownBtf &) = delete;

    // For bpf_object_open_opts::btf_custom_path; null: let libbpf read the kernel's.
    [[nodiscard]] const char *path() const { return path_.empty() ? nullptr : path_.c_str(); }

  private:
    int file_ = -1; // in memory
    std::string path_;
    std::vector<int> handlers_;
};

} // namespace tcptrail
