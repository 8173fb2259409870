// When the hooks that see who moves bytes are worth their cost.
#include "catch.h"

#include "flow/shared_watch.h"
#include "samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

const Owner worker = process(20, "worker");

constexpr KernelTime start = 100s;

// One socket that is shared since `start`.
SharedWatch watching(std::uint64_t sock = 1) {
    SharedWatch watch;
    watch.take(SharedRecord{.key = key(sock, start)}, start);
    return watch;
}

} // namespace

TEST_CASE("nothing is attached while nobody shares a socket") {
    SharedWatch watch;
    CHECK_FALSE(watch.wanted(0s));
    watch.take(connect_of(key(1, start), worker), start);
    watch.take(client_close_of(key(1, start), start, worker), start);
    watch.take(OwnerRecord{.key = key(2, start), .owner = worker}, start);
    CHECK_FALSE(watch.wanted(start));
}

TEST_CASE("a shared socket wants the hooks, but not for ever") {
    SharedWatch watch = watching();
    CHECK(watch.wanted(start));
    CHECK(watch.wanted(start + SharedWatch::patience - 1ns));
    CHECK_FALSE(watch.wanted(start + SharedWatch::patience));
}

TEST_CASE("once somebody serves it the hooks stay a moment for the next") {
    SharedWatch watch = watching();
    watch.take(OwnerRecord{.key = key(1, start), .owner = worker}, start + 10ms);
    CHECK(watch.wanted(start + 10ms));
    CHECK(watch.wanted(start + 10ms + SharedWatch::linger - 1ns));
    CHECK_FALSE(watch.wanted(start + 10ms + SharedWatch::linger));
}

TEST_CASE("its close settles it as well") {
    SharedWatch watch = watching();
    watch.take(client_close_of(key(1, start), start, worker), start);
    CHECK(watch.wanted(start));
    CHECK_FALSE(watch.wanted(start + SharedWatch::linger));
}

TEST_CASE("another socket's owner or end settles nothing") {
    SharedWatch watch = watching();
    watch.take(OwnerRecord{.key = key(2, start), .owner = worker}, start);
    watch.take(client_close_of(key(3, start), start, worker), start);
    CHECK(watch.wanted(start + SharedWatch::linger));
}

TEST_CASE("the hooks stay until the last shared socket is settled") {
    SharedWatch watch = watching(1);
    watch.take(SharedRecord{.key = key(2, start)}, start + 2s);
    watch.take(OwnerRecord{.key = key(1, start), .owner = worker}, start + 2s);
    CHECK(watch.wanted(start + 4s));
    CHECK(watch.wanted(start + 2s + SharedWatch::patience - 1ns));
    CHECK_FALSE(watch.wanted(start + 2s + SharedWatch::patience));
}

TEST_CASE("what became old while nobody asked does not hold the hooks") {
    SharedWatch watch = watching(1);
    watch.take(SharedRecord{.key = key(2, start)}, start);
    CHECK_FALSE(watch.wanted(start + 1h));
}
