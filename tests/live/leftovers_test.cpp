// Nothing stays in the kernel, however a run ends.
#include <csignal>

#include "actor.h"
#include "bpf_objects.h"
#include "catch.h"
#include "tracer.h"

using namespace live;

TEST_CASE("after a run no BPF program, map or link of it is left") {
    const int number = GENERATE(SIGINT, SIGTERM, SIGKILL);
    CAPTURE(number);
    stop_shared_tracer();
    const BpfObjects before = BpfObjects::now();
    {
        Tracer tracer;
        // A forked worker makes the hooks come that are armed on demand.
        Actor client("tt-client");
        Actor parent("tt-parent");
        const Pair pair = converse(client, parent);
        Actor worker = parent.fork("tt-worker");
        tracer.accept_of(pair.server);
        CHECK_FALSE(BpfObjects::now().within(before)); // else this test sees nothing
        tracer.process().signal(number);
        CHECK(tracer.process().wait() == (number == SIGKILL ? 128 + SIGKILL : 0));
    }
    // The kernel frees them some time after the last descriptor has gone.
    BpfObjects after;
    CHECK(eventually([&] {
        after = BpfObjects::now();
        return after.within(before);
    }));
    INFO("before:\n" << before << "after:\n" << after);
    CHECK(after.within(before));
}
