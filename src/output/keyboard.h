// The terminal that keys are read from: its modes while they are, and its job control.
#pragma once

#include <csignal>
#include <memory>
#include <vector>

#include "output/keys.h"

namespace tcptrail {

// At most one at a time. While this process is in the foreground a key comes at once, and without
// an echo; the keys that send signals go on doing so. The terminal gets its modes back when this
// goes out of scope, when the process is stopped, and when a signal ends it.
class Keyboard {
  public:
    // nullptr: `fd` is not the terminal that controls this process.
    [[nodiscard]] static std::unique_ptr<Keyboard> of(int fd);

    Keyboard(const Keyboard &) = delete;
    Keyboard &operator=(const Keyboard &) = delete;
    ~Keyboard();

    // To be watched for their edges; then pressed() is due. In the background the first tells of
    // what is not for us.
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] int signals() const { return signals_; } // of job control, and the window's

    // What was pressed since the last call; never waits. SIGTSTP stops the process in here.
    [[nodiscard]] std::vector<Key> pressed();

  private:
    explicit Keyboard(int fd);
    [[nodiscard]] bool take_signals(); // true: what is on the screen may have suffered
    void stop();

    int fd_;
    int signals_ = -1;
    sigset_t mask_before_{};
};

} // namespace tcptrail
