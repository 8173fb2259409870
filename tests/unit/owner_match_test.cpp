// Owner filters on one owner after the other.
#include "catch.h"

#include "flow/owner_match.h"
#include "samples.h"

using namespace tcptrail;

namespace {

OwnerFilter comms(std::vector<Rule<std::string>> rules) {
    return {.pids = {}, .comms = std::move(rules), .uids = {}};
}

bool shows(const OwnerFilter &filter, const std::vector<std::optional<Owner>> &owners) {
    Verdict verdict;
    for (const auto &owner : owners)
        judge(filter, owner, verdict);
    return verdict.shows();
}

const Owner curl = process(10, "curl", 1000);
const Owner nginx = process(20, "nginx", 33);
const Owner sshd = process(30, "sshd", 0);

} // namespace

TEST_CASE("without filters every owner shows, the unknown too") {
    CHECK_FALSE(filters_owners({}));
    CHECK(shows({}, {curl}));
    CHECK(shows({}, {std::nullopt}));
}

TEST_CASE("each kind of list is a filter") {
    CHECK(filters_owners({.pids = {{1}}, .comms = {}, .uids = {}}));
    CHECK(filters_owners(comms({{"curl"}})));
    CHECK(filters_owners({.pids = {}, .comms = {}, .uids = {{0, true}}}));
}

TEST_CASE("values of one list are or-ed") {
    const OwnerFilter filter{.pids = {{10}, {20}}, .comms = {}, .uids = {}};
    CHECK(shows(filter, {curl}));
    CHECK(shows(filter, {nginx}));
    CHECK_FALSE(shows(filter, {sshd}));
}

TEST_CASE("different lists are and-ed, on one and the same owner") {
    const OwnerFilter filter{.pids = {}, .comms = {{"nginx"}}, .uids = {{1000}}};
    CHECK_FALSE(shows(filter, {nginx}));
    CHECK_FALSE(shows(filter, {curl}));
    CHECK_FALSE(shows(filter, {curl, nginx}));
    CHECK(shows(filter, {process(40, "nginx", 1000)}));
}

TEST_CASE("a name is matched as a glob from end to end, with case") {
    CHECK(shows(comms({{"post*"}}), {process(1, "postgres")}));
    CHECK(shows(comms({{"?url"}}), {curl}));
    CHECK_FALSE(shows(comms({{"cur"}}), {curl}));
    CHECK_FALSE(shows(comms({{"Curl"}}), {curl}));
}

TEST_CASE("a name may have slashes, dots and blanks like any other byte") {
    CHECK(shows(comms({{"kworker*"}}), {process(1, "kworker/0:1")}));
    CHECK(shows(comms({{"*"}}), {process(1, ".hidden")}));
    CHECK(shows(comms({{"a b"}}), {process(1, "a b")}));
}

TEST_CASE("a name that is no valid UTF-8 matches by its bytes") {
    CHECK(shows(comms({{"\xff\xfe"}}), {process(1, "\xff\xfe")}));
    CHECK(shows(comms({{"*"}}), {process(1, "\xff\xfe")}));
}

TEST_CASE("an unknown owner matches only where nothing is listed") {
    CHECK_FALSE(shows(comms({{"*"}}), {std::nullopt}));
    CHECK_FALSE(shows({.pids = {{10}}, .comms = {}, .uids = {}}, {std::nullopt}));
    CHECK_FALSE(shows({.pids = {}, .comms = {}, .uids = {{0}}}, {std::nullopt}));
    CHECK(shows(comms({{"sshd", true}}), {std::nullopt}));
}

TEST_CASE("an owner whose pid is not visible matches by name and not by pid") {
    Owner outside = curl;
    outside.pid.reset();
    CHECK(shows(comms({{"curl"}}), {outside}));
    CHECK_FALSE(shows({.pids = {{0}}, .comms = {}, .uids = {}}, {outside}));
    CHECK(shows({.pids = {{0, true}}, .comms = {}, .uids = {}}, {outside}));
}

TEST_CASE("a match sticks to the connection") {
    CHECK(shows(comms({{"curl"}}), {curl, nginx}));
    CHECK(shows(comms({{"nginx"}}), {std::nullopt, curl, nginx, sshd}));
}

TEST_CASE("an excluded owner hides the connection from then on") {
    const auto filter = comms({{"sshd", true}});
    CHECK(shows(filter, {curl, nginx}));
    CHECK_FALSE(shows(filter, {sshd}));
    CHECK_FALSE(shows(filter, {curl, sshd}));
    CHECK_FALSE(shows(filter, {sshd, curl}));
}

TEST_CASE("an exclusion takes from what is listed") {
    const auto filter = comms({{"n*"}, {"nginx", true}});
    CHECK(shows(filter, {process(1, "nc")}));
    CHECK_FALSE(shows(filter, {nginx}));
    CHECK_FALSE(shows(filter, {curl}));
}

TEST_CASE("an exclusion in one list holds against a match in another") {
    const OwnerFilter filter{.pids = {{30}}, .comms = {}, .uids = {{0, true}}};
    CHECK_FALSE(shows(filter, {sshd}));
    CHECK(shows({.pids = {{30}}, .comms = {}, .uids = {{33, true}}}, {sshd}));
}
