// What is told of lost events.
#include "catch.h"

#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "losses.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

// A report, the lines it wrote and the losses it told.
class Reported {
  public:
    Reported() {
        REQUIRE(pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0);
        report_.emplace(Diag(ends_[1]), [this](const Loss &loss) { told.push_back(loss); });
    }
    Reported(const Reported &) = delete;
    Reported &operator=(const Reported &) = delete;
    ~Reported() {
        for (const int end : ends_)
            close(end);
    }

    void update(const Losses &losses, WallTime time = {}) { report_->update(losses, time); }
    void say(const Losses &losses) { report_->say(losses); }
    void finish() { report_->finish(); }

    // What was written since the last call.
    [[nodiscard]] std::string text() const {
        std::array<char, 4096> chunk;
        const ssize_t count = read(ends_[0], chunk.data(), chunk.size());
        return {chunk.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }

    std::vector<Loss> told;

  private:
    std::array<int, 2> ends_{-1, -1};
    std::optional<LossReport> report_;
};

} // namespace

TEST_CASE("where nothing was lost nothing is said") {
    Reported reported;
    reported.update({});
    reported.finish();
    CHECK(reported.text().empty());
    CHECK(reported.told.empty());
}

TEST_CASE("each cause has its line and its event") {
    Reported reported;
    const WallTime time(1'700'000'000s);
    reported.update({.ring_full = 3, .table_full = 2, .missed = 1}, time);
    CHECK(reported.text() == "tcptrail: lost 3 events: ring buffer full\n"
                             "tcptrail: lost 2 events: connection table full\n"
                             "tcptrail: lost 1 events: probe missed\n");
    REQUIRE(reported.told.size() == 3);
    CHECK(reported.told[0].count == 3);
    CHECK(reported.told[0].cause == "ring buffer full");
    CHECK(reported.told[0].time == time);
    CHECK(reported.told[1].cause == "connection table full");
    CHECK(reported.told[2].cause == "probe missed");
}

TEST_CASE("only what is new since the last time is told") {
    Reported reported;
    reported.update({.ring_full = 3, .table_full = 0, .missed = 0});
    CHECK_FALSE(reported.text().empty());
    reported.update({.ring_full = 3, .table_full = 0, .missed = 0});
    CHECK(reported.text().empty());
    reported.update({.ring_full = 10, .table_full = 0, .missed = 0});
    CHECK(reported.text() == "tcptrail: lost 7 events: ring buffer full\n");
    REQUIRE(reported.told.size() == 2);
    CHECK(reported.told[1].count == 7);
}

TEST_CASE("at the end the sums are told, with what helps") {
    Reported reported;
    reported.update({.ring_full = 3, .table_full = 0, .missed = 0});
    reported.update({.ring_full = 10, .table_full = 4, .missed = 0});
    CHECK_FALSE(reported.text().empty());
    reported.finish();
    CHECK(reported.text() ==
          "tcptrail: lost 10 events in all: ring buffer full (--buffer makes it larger)\n"
          "tcptrail: lost 4 events in all: connection table full (--max-connections makes it "
          "larger)\n");
    CHECK(reported.told.size() == 3);
}

TEST_CASE("what was said while nothing could be told is told later, and said once") {
    Reported reported;
    reported.say({.ring_full = 3});
    CHECK(reported.text() == "tcptrail: lost 3 events: ring buffer full\n");
    CHECK(reported.told.empty());
    reported.say({.ring_full = 5});
    CHECK(reported.text() == "tcptrail: lost 2 events: ring buffer full\n");
    reported.update({.ring_full = 6});
    CHECK(reported.text() == "tcptrail: lost 1 events: ring buffer full\n");
    REQUIRE(reported.told.size() == 1);
    CHECK(reported.told[0].count == 6);
    reported.finish();
    CHECK(reported.text() == "tcptrail: lost 6 events in all: ring buffer full (--buffer makes it "
                             "larger)\n");
}
