// The hash table of items that live elsewhere.
#include "catch.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "flow/chains.h"

using tcptrail::Chains;

namespace {

std::vector<Chains::Number> all_of(const Chains &chains, std::size_t hash) {
    std::vector<Chains::Number> items;
    for (auto item = chains.first(hash); item != Chains::none; item = chains.next(item))
        items.push_back(item);
    std::sort(items.begin(), items.end());
    return items;
}

} // namespace

TEST_CASE("empty chains have nothing, and nothing to erase") {
    Chains chains;
    CHECK(chains.empty());
    CHECK(all_of(chains, 7).empty());
    CHECK_FALSE(chains.erase(3));
}

TEST_CASE("items of one hash are all found, those of another in the same bucket are not") {
    Chains chains;
    chains.insert(5, 1);
    chains.insert(2, 1);
    chains.insert(9, 1 + 65536);
    CHECK(all_of(chains, 1) == std::vector<Chains::Number>{2, 5});
    CHECK(all_of(chains, 1 + 65536) == std::vector<Chains::Number>{9});
}

TEST_CASE("an erased item is gone until it is inserted again, with whatever hash") {
    Chains chains;
    chains.insert(1, 10);
    CHECK(chains.erase(1));
    CHECK_FALSE(chains.erase(1));
    CHECK(chains.empty());
    chains.insert(1, 11);
    CHECK(all_of(chains, 10).empty());
    CHECK(all_of(chains, 11) == std::vector<Chains::Number>{1});
}

TEST_CASE("thousands of random items are found where they were put") {
    std::mt19937 random(1);
    Chains chains;
    std::map<Chains::Number, std::size_t> truth;
    for (int i = 0; i < 20000; ++i) {
        const auto item = static_cast<Chains::Number>(random() % 3000);
        const bool was_in = truth.contains(item);
        if (was_in) {
            CHECK(chains.erase(item));
            truth.erase(item);
        } else {
            truth[item] = random() % 500;
            chains.insert(item, truth[item]);
        }
    }
    std::map<std::size_t, std::vector<Chains::Number>> by_hash;
    for (const auto &[item, hash] : truth)
        by_hash[hash].push_back(item);
    for (const auto &[hash, items] : by_hash)
        CHECK(all_of(chains, hash) == items);
}
