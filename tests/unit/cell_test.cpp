// Single values of a row: their order in a sorted table, their units.
#include "catch.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "output/cell.h"
#include "samples.h"

using namespace tcptrail;
using namespace std::chrono_literals;

namespace {

// The cells stand in their order, and equal ones have none.
void check_order(const std::vector<Cell> &cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        for (std::size_t j = 0; j < cells.size(); ++j) {
            CAPTURE(i, j);
            CHECK(sorts_before(cells[i], cells[j]) == (i < j));
        }
    }
}

constexpr Cell absent{};

} // namespace

TEST_CASE("numbers sort from the largest, absent facts last") {
    check_order({std::numeric_limits<std::uint64_t>::max(), std::uint64_t{10}, std::uint64_t{9},
                 std::uint64_t{0}, absent});
    check_order({Fixed{532, 2}, Fixed{-1, 2}, absent});
    check_order({Bytes{1ULL << 63, true}, Bytes{2, true}, Bytes{1, true}, absent});
    check_order({WallTime{2s}, WallTime{1s}, absent});
    check_order({Elapsed{WallTime{2s}}, Elapsed{WallTime{-1s}}, absent});
}

TEST_CASE("text and addresses sort from the first, absent facts last") {
    check_order({Name{""}, Name{"curl"}, Name{"curlew"}, Name{"nginx"}, absent});
    check_order({Word{"accept"}, Word{"close"}, absent});
    check_order({ipv4(9, 255, 0, 1), ipv4(10, 0, 0, 1), ipv4(10, 0, 0, 2), absent});
    check_order({true, false, absent});
}

TEST_CASE("rows with more to say sort first") {
    static constexpr std::array words{Word{"role"}, Word{"pid"}};
    check_order({Words{words}, Words{words}.first(1), Words{}, absent});
}

TEST_CASE("a word in a column of addresses is before or after all of them") {
    check_order({Word{"other"}, ipv4(9, 0, 0, 1), ipv4(10, 0, 0, 1), absent});
}

TEST_CASE("units of 1024 bytes are rounded to two decimals, however many") {
    CHECK(kibibytes(0) == Fixed{0, 2});
    CHECK(kibibytes(5) == Fixed{0, 2});
    CHECK(kibibytes(6) == Fixed{1, 2});
    CHECK(kibibytes(1023) == Fixed{100, 2});
    CHECK(kibibytes(1024) == Fixed{100, 2});
    CHECK(kibibytes(1536) == Fixed{150, 2});
    CHECK(kibibytes(std::numeric_limits<std::uint64_t>::max()) == Fixed{1801439850948198400, 2});
}
