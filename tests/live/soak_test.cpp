// All of it at once, for a minute: every socket's own account of itself is held against the tool's.
#include <sys/stat.h>

#include <csignal>
#include <map>
#include <sstream>
#include <string>

#include "catch.h"
#include "scale.h"
#include "sums.h"
#include "tracer.h"
#include "traffic.h"

using namespace live;

namespace {

std::size_t size_of_output(const Process &process) {
    struct stat status {};
    fstat(process.output_file(), &status);
    return static_cast<std::size_t>(status.st_size);
}

std::size_t size_of_lines(const Truth &truth) {
    std::size_t size = 0;
    for (const auto &[line, times] : truth.lines)
        size += (line.size() + 1) * static_cast<std::size_t>(times);
    return size;
}

// What the tool says at its end that it lost, by all causes.
std::int64_t lost_in_all(const std::string &errors) {
    std::int64_t sum = 0;
    for (const std::string &line : lines_of(errors)) {
        std::istringstream words(line);
        std::string name, lost, events, in;
        std::int64_t count = 0;
        if (words >> name >> lost >> count >> events >> in && lost == "lost" && in == "in")
            sum += count;
    }
    return sum;
}

// How many are missing, and how many were told that are not true.
struct Difference {
    std::int64_t missing = 0;
    std::int64_t wrong = 0;
};

Difference compare(std::map<std::string, int> truth, const std::string &told) {
    constexpr int shown = 5;
    Difference difference;
    for (const std::string &line : lines_of(told)) {
        if (--truth[line] < 0 && difference.wrong++ < shown)
            UNSCOPED_INFO("told but not true: " << line);
    }
    for (const auto &[line, left] : truth) {
        if (left <= 0)
            continue;
        if (difference.missing < shown)
            UNSCOPED_INFO("true but not told: " << line);
        difference.missing += left;
    }
    return difference;
}

} // namespace

TEST_CASE("under load every socket is told once, with its owner, bytes and end, and sums are exact",
          "[soak]") {
    stop_shared_tracer();
    Traffic traffic;
    const Words shape = {"life",
                         "-s",
                         "-H",
                         "-P",
                         traffic.ports(),
                         "-o",
                         "role,family,lport,rport,pid,tx_bytes,rx_bytes,end"};
    Process life({.argv = tcptrail(shape)});
    wait_for_banner(life);
    Tracer links({"links", "1", "-P", traffic.ports()});
    links.expect_losses();
    const Truth truth = traffic.run(scaled(64, 8), scaled(60, 5));
    CHECK(truth.failures == 0);
    CHECK(truth.connections > scaled(5000, 100)); // else it was no load
    eventually([&] { return size_of_output(life) >= size_of_lines(truth); },
               std::chrono::seconds(5));
    life.signal(SIGINT);
    CHECK(life.wait() == 0);
    INFO(life.errors());
    const Difference difference = compare(truth.lines, life.output());
    // A run that the kernel skipped may be of a close, or of what told an owner.
    CHECK(difference.wrong <= lost_in_all(life.errors()));
    CHECK(difference.missing <= lost_in_all(life.errors()));

    check_sum(links, {.connections = truth.connections,
                      .failed = truth.refused,
                      .tx_bytes = truth.tx_bytes,
                      .rx_bytes = truth.rx_bytes});
}
