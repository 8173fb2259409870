// From argv to an exit status.
#include <fcntl.h>
#include <malloc.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>
#include <variant>

#include "kernel/log.h"
#include "options.h"
#include "output/diag.h"
#include "run.h"

namespace tcptrail {
namespace {

constexpr int large_block = 128 * 1024;

// From here on they are read from the descriptor. One that was ignored at the start would never
// arrive; SIGHUP alone keeps that meaning, for nohup.
int catch_signals() {
    sigset_t ends;
    sigemptyset(&ends);
    signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before {};
        sigaction(number, nullptr, &before);
        if (number == SIGHUP && before.sa_handler == SIG_IGN)
            continue;
        signal(number, SIG_DFL);
        sigaddset(&ends, number);
    }
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

// Otherwise whoever may execute the file could watch everybody's connections, and choose files to
// be written with rights that are not theirs. Capabilities of the file are another matter: they
// are given to watch, and give nothing else.
bool is_setuid() {
    return getuid() != geteuid() || getgid() != getegid();
}

// A descriptor of ours must not become stdout because that was closed.
void fill_standard_streams() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
    }
}

int start(int argc, char **argv) {
    const auto parsed = parse_options(argc, argv);
    if (const auto *answer = std::get_if<Answer>(&parsed)) {
        if (answer->status == exit_done)
            return print(answer->text);
        Diag().problem(answer->text);
        return answer->status;
    }
    const auto &options = std::get<Options>(parsed);
    for (const std::string &note : options.notes)
        Diag().problem(note);
    log_libbpf(options.verbose);
    return run(options, catch_signals());
}

} // namespace
} // namespace tcptrail

int main(int argc, char **argv) {
    if (tcptrail::is_setuid()) {
        tcptrail::Diag().problem("does not run setuid or setgid: use sudo, or give the file "
                                 "capabilities (see SECURITY in the manual)");
        return tcptrail::exit_cannot;
    }
    // Of large blocks, or else what one walk over many connections took stays: a hole below theirs.
    mallopt(M_MMAP_THRESHOLD, tcptrail::large_block);
    tcptrail::fill_standard_streams();
    return tcptrail::start(argc, argv);
}
