#include "replay.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <iterator>
#include <unordered_map>

#include <fmt/format.h>

#include "failure.h"
#include "flow/birth_match.h"
#include "flow/owner_match.h"
#include "flow/recording.h"
#include "output/diag.h"
#include "output/names.h"
#include "views/catalog.h"

namespace tcptrail {
namespace {

class Replay {
  public:
    Replay(const Options &options, Sink &sink, int signals)
        : options_(options), sink_(sink), signals_(signals),
          filters_(filters_births(options.birth) || filters_owners(options.owners)),
          names_(names_for(options.output)) {}

    int run(int fd);

  private:
    [[nodiscard]] bool feed(int fd);
    [[nodiscard]] bool show_all();
    void tell(const Damaged &damaged);
    [[nodiscard]] bool make_view(WallTime start);
    [[nodiscard]] bool passes(const Event &event);
    void show(const Loss &loss);
    [[nodiscard]] bool wait_for(int fd, short what) const;
    [[nodiscard]] bool written(const std::function<WriteResult()> &write);

    const Options &options_;
    Sink &sink_;
    int signals_;
    bool filters_; // not every event passes
    std::optional<Names> names_;
    Diag diag_;
    RecordingReader reader_;
    std::unique_ptr<View> view_;
    std::unordered_map<std::uint64_t, Verdict> verdicts_; // by id, of what is open
    int status_ = 0;
    bool done_ = false;
};

int Replay::run(int fd) {
    while (!done_ && wait_for(fd, POLLIN)) {
        if (!feed(fd) || !show_all() || !written([this] { return sink_.flush(); }))
            return status_;
    }
    (void)written([this] { return sink_.finish(); }); // the status has it
    return status_;
}

bool Replay::feed(int fd) {
    const auto room = reader_.room();
    const ssize_t length = read(fd, room.data(), room.size());
    if (length < 0) {
        diag_.problem(failure(fmt::format("cannot read {}", *options_.replay), errno).message);
        status_ = 1;
        return false;
    }
    if (length == 0)
        reader_.finish();
    reader_.add(static_cast<std::size_t>(length));
    return true;
}

// Everything that was fed; false: there cannot be a view.
bool Replay::show_all() {
    for (;;) {
        const RecordedItem &item = reader_.next();
        if (!view_ && reader_.start() && !make_view(*reader_.start()))
            return false;
        if (const auto *event = std::get_if<Event>(&item)) {
            if (!filters_ || passes(*event))
                view_->show(*event);
        } else if (const auto *loss = std::get_if<Loss>(&item)) {
            show(*loss);
        } else if (std::holds_alternative<NeedMore>(item)) {
            return true;
        } else {
            done_ = true;
            if (const auto *damaged = std::get_if<Damaged>(&item)) {
                tell(*damaged);
            }
            return true;
        }
    }
}

void Replay::tell(const Damaged &damaged) {
    const std::string &file = *options_.replay;
    if (damaged.offset == 0)
        diag_.problem(fmt::format("--replay {}: {}", file, damaged.reason));
    else
        diag_.problem(fmt::format("--replay {}: at byte {}: {}; the rest is not read", file,
                                  damaged.offset, damaged.reason));
    status_ = 1;
}

bool Replay::make_view(WallTime start) {
    auto made = find_view(options_.view)->make(options_, sink_, start, names_ ? &*names_ : nullptr);
    if (const auto *refused = std::get_if<std::string>(&made)) {
        diag_.problem(*refused);
        status_ = 2;
        return false;
    }
    view_ = std::move(std::get<std::unique_ptr<View>>(made));
    view_->begin();
    return true;
}

// As the kernel and the connection table filter.
bool Replay::passes(const Event &event) {
    if (!matches_birth(options_.birth, event))
        return false;
    Verdict &verdict = verdicts_[event.id];
    judge(options_.owners, event.owner, verdict);
    const bool shows = verdict.shows();
    if (event.kind == EventKind::close)
        verdicts_.erase(event.id);
    return shows;
}

void Replay::show(const Loss &loss) {
    diag_.problem(fmt::format("lost {} events when it was recorded: {}", loss.count, loss.cause));
    view_->lost(loss);
}

// False: a signal asks to end.
bool Replay::wait_for(int fd, short what) const {
    pollfd watched[] = {{fd, what, 0}, {signals_, POLLIN, 0}};
    ::poll(watched, std::size(watched), -1);
    return watched[1].revents == 0;
}

// False: the reader is gone, the disk is full, or a signal asks to end.
bool Replay::written(const std::function<WriteResult()> &write) {
    WriteResult result;
    while ((result = write()).status == WriteStatus::blocked) {
        if (!wait_for(sink_.fd(), POLLOUT))
            return false;
    }
    if (result.status == WriteStatus::failed) {
        diag_.problem(failure("cannot write", result.error).message);
        status_ = 1;
    }
    return result.status == WriteStatus::written;
}

} // namespace

int replay(const Options &options, Sink &sink, int signals) {
    const int fd = open(options.replay->c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        Diag().problem(failure(fmt::format("--replay {}", *options.replay), errno).message);
        return 1;
    }
    const int status = Replay(options, sink, signals).run(fd);
    close(fd);
    return status;
}

} // namespace tcptrail
