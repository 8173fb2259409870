#include "sums.h"

#include "catch.h"
#include "link.h"

namespace live {

void check_sum(Tracer &tracer, const Sums &truth) {
    const auto missed = [&] { return static_cast<std::int64_t>(tracer.missed()); };
    CHECK(tracer.wait_for_table([&](const Table &table) {
        return sum(table).connections + missed() >= truth.connections && sum(table).open == 0;
    }));
    CHECK(tracer.stop() == 0);
    INFO(tracer.errors());
    const Link all = sum(tracer.last_table());
    CHECK(all.open == 0);
    CHECK(all.connections <= truth.connections);
    CHECK(all.connections + missed() >= truth.connections);
    CHECK(all.failed <= truth.failed);
    CHECK(all.failed + missed() >= truth.failed);
    CHECK(all.tx_bytes <= truth.tx_bytes);
    CHECK(all.rx_bytes <= truth.rx_bytes);
    if (missed() == 0) {
        CHECK(all.tx_bytes == truth.tx_bytes);
        CHECK(all.rx_bytes == truth.rx_bytes);
    }
}

} // namespace live
