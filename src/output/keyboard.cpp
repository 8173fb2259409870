#include "output/keyboard.h"

#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace tcptrail {
namespace {

// What is to be given back, for signal handlers, which reach nothing else.
struct Loan {
    int fd = -1;
    pid_t process = -1; // not to be asked for once system calls are limited
    pid_t group = -1;
    termios before{};
    bool known = false; // `before` is
    volatile std::sig_atomic_t taken = 0;
};
Loan loan;

// In the background the modes are those of somebody else, and to touch them stops the process.
bool in_foreground() {
    return tcgetpgrp(loan.fd) == loan.group;
}

// What is there may be ours already, if nobody cared for the terminal while we were stopped: what
// was there first is given back.
void take() {
    termios modes{};
    if (loan.taken != 0 || !in_foreground() || tcgetattr(loan.fd, &modes) != 0)
        return;
    if (!loan.known)
        loan.before = modes;
    loan.known = true;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_cc[VMIN] = 0; // read(2) never waits
    modes.c_cc[VTIME] = 0;
    loan.taken = 1;
    tcsetattr(loan.fd, TCSANOW, &modes);
}

void give_back() {
    if (loan.taken != 0 && in_foreground())
        tcsetattr(loan.fd, TCSANOW, &loan.before);
    loan.taken = 0;
}

// The handler is reset when it is entered: the signal then ends the process as it would have.
void give_back_and_end(int number) {
    give_back();
    kill(loan.process, number);
}

// What all other signals do, unless they are ignored, is to end the process.
constexpr int harmless[] = {SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

void handle_deadly() {
    struct sigaction handled {};
    handled.sa_handler = give_back_and_end;
    handled.sa_flags = static_cast<int>(SA_RESETHAND);
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction before {};
        const bool known = sigaction(number, nullptr, &before) == 0;
        const bool deadly =
            std::find(std::begin(harmless), std::end(harmless), number) == std::end(harmless);
        if (known && deadly && before.sa_handler == SIG_DFL)
            sigaction(number, &handled, nullptr);
    }
}

sigset_t set_of(std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers)
        sigaddset(&set, number);
    return set;
}

} // namespace

std::unique_ptr<Keyboard> Keyboard::of(int fd) {
    if (tcgetpgrp(fd) < 0)
        return nullptr;
    return std::unique_ptr<Keyboard>(new Keyboard(fd));
}

Keyboard::Keyboard(int fd) : fd_(fd) {
    loan.fd = fd;
    loan.process = getpid();
    loan.group = getpgrp();
    handle_deadly();
    const sigset_t watched = set_of({SIGTSTP, SIGCONT, SIGWINCH});
    sigprocmask(SIG_BLOCK, &watched, &mask_before_);
    signals_ = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    take();
}

Keyboard::~Keyboard() {
    give_back();
    close(signals_);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

// By its default action, which a process that nobody could continue is spared.
void Keyboard::stop() {
    const sigset_t stops = set_of({SIGTSTP});
    give_back();
    kill(loan.process, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &stops, nullptr);
    sigprocmask(SIG_BLOCK, &stops, nullptr);
}

bool Keyboard::take_signals() {
    bool suffered = false;
    signalfd_siginfo info{};
    while (read(signals_, &info, sizeof(info)) == sizeof(info)) {
        suffered = true;
        if (info.ssi_signo == SIGTSTP)
            stop();
        if (info.ssi_signo == SIGCONT)
            loan.taken = 0; // whoever stopped us may have set other modes
    }
    return suffered;
}

std::vector<Key> Keyboard::pressed() {
    std::vector<Key> keys;
    if (take_signals())
        keys.push_back(Key::redraw);
    if (!in_foreground())
        loan.taken = 0;
    take();
    char bytes[64];
    for (ssize_t count = 0; loan.taken != 0 && (count = read(fd_, bytes, sizeof bytes)) > 0;) {
        const auto more = keys_of({bytes, static_cast<std::size_t>(count)});
        keys.insert(keys.end(), more.begin(), more.end());
    }
    return keys;
}

} // namespace tcptrail
