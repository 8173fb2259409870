// Connects that wait for their local port.
#include "catch.h"

#include "flow/syn_wait.h"
#include "samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

const Owner curl = process(10, "curl");

constexpr KernelTime start = 100s;

SynWait waiting(std::uint64_t sock, KernelTime born = start) {
    SynWait syns;
    syns.take(SynRecord{.key = key(sock, born)});
    return syns;
}

} // namespace

TEST_CASE("nothing waits before a connect without port") {
    SynWait syns;
    CHECK(syns.empty());
    CHECK(syns.overdue(start).empty());
    syns.take(connect_of(key(1, start), curl));
    CHECK(syns.empty());
}

TEST_CASE("a connect that hangs is overdue once, after a while") {
    SynWait syns = waiting(1);
    CHECK_FALSE(syns.empty());
    CHECK(syns.overdue(start + SynWait::patience - 1ns).empty());
    CHECK(syns.overdue(start + SynWait::patience) == std::vector{key(1, start)});
    CHECK(syns.empty());
    CHECK(syns.overdue(start + 1h).empty());
}

TEST_CASE("a connect that was told waits no more") {
    SynWait syns = waiting(1);
    syns.take(connect_of(key(1, start), curl));
    CHECK(syns.empty());
    CHECK(syns.overdue(start + 1h).empty());
}

TEST_CASE("another socket's connect changes nothing") {
    SynWait syns = waiting(1);
    syns.take(connect_of(key(2, start), curl));
    CHECK(syns.overdue(start + SynWait::patience) == std::vector{key(1, start)});
}

TEST_CASE("a socket that is used again is asked for by its new birth") {
    SynWait syns = waiting(1);
    syns.take(SynRecord{.key = key(1, start + 1ms)});
    CHECK(syns.overdue(start + SynWait::patience).empty());
    CHECK(syns.overdue(start + 1ms + SynWait::patience) == std::vector{key(1, start + 1ms)});
}

TEST_CASE("several that hang are asked for together") {
    SynWait syns = waiting(1);
    syns.take(SynRecord{.key = key(2, start)});
    CHECK(syns.overdue(start + SynWait::patience).size() == 2);
    CHECK(syns.empty());
}
