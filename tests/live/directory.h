// A directory of the test's own, removed with its files at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "process.h"

namespace live {

class Directory {
  public:
    Directory() : path_(std::filesystem::temp_directory_path() / "tcptrail-live-XXXXXX") {
        throw_unless(mkdtemp(path_.data()) != nullptr, path_);
    }
    Directory(const Directory &) = delete;
    Directory &operator=(const Directory &) = delete;
    ~Directory() { std::filesystem::remove_all(path_); }

    const std::string &path() const { return path_; }

  private:
    std::string path_;
};

} // namespace live
