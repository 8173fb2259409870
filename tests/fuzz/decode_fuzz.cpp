// Any bytes in the ring buffer, one record behind the other.
#include <cstring>
#include <span>
#include <string_view>

#include "flow/record.h"
#include "fuzz.h"
#include "wire.h"

using namespace tcptrail;

namespace {

void check(const std::optional<Owner> &owner) {
    if (!owner)
        return;
    fuzz::require(owner->comm.size() <= WIRE_COMM_LEN);
    fuzz::require(std::string_view(owner->comm).find('\0') == std::string_view::npos);
    fuzz::require(owner->pid != 0U && owner->tid != 0U);
}

void check(const Record &record) {
    std::visit(
        [](const auto &kind) {
            if constexpr (requires { kind.facts; })
                check(kind.facts.owner);
            if constexpr (requires { kind.owner; })
                check(kind.owner);
            if constexpr (requires { kind.outcome; })
                fuzz::require(!end_name(kind.outcome.end).empty() &&
                              !errno_name(kind.outcome.error).empty());
            if constexpr (requires { kind.state; })
                fuzz::require(!state_name(kind.state).empty());
        },
        record);
}

// The sums that the kernel keeps of what found no room.
void check_spill(std::span<const std::byte> bytes) {
    wire_spill_key key;
    wire_spill sum;
    if (bytes.size() < sizeof(key) + sizeof(sum))
        return;
    std::memcpy(&key, bytes.data(), sizeof(key));
    std::memcpy(&sum, bytes.data() + sizeof(key), sizeof(sum));
    const Spill spill = spill_of(key, sum);
    fuzz::require(!spill.comm || (!spill.comm->empty() && spill.comm->size() <= WIRE_COMM_LEN));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    auto rest = std::as_bytes(std::span(data, size));
    check_spill(rest);
    for (std::size_t taken = record_size(rest); taken != 0; taken = record_size(rest)) {
        fuzz::require(taken <= rest.size());
        if (const auto record = decode(rest.first(taken)))
            check(*record);
        rest = rest.subspan(taken);
    }
    return 0;
}
