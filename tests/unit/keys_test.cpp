// What a terminal sends -> keys.
#include "catch.h"

#include <vector>

#include "output/keys.h"

using namespace tcptrail;

namespace {

using Keys = std::vector<Key>;

} // namespace

TEST_CASE("each key comes in the order in which it was pressed") {
    CHECK(keys_of("q") == Keys{Key::quit});
    CHECK(keys_of("ssr?s") ==
          Keys{Key::next_sort, Key::next_sort, Key::reverse, Key::help, Key::next_sort});
}

TEST_CASE("what has no meaning is no key") {
    CHECK(keys_of("").empty());
    CHECK(keys_of("QSR\n\t xyz\x7f\xff").empty());
}

TEST_CASE("letters in what arrows and function keys send are no keys") {
    CHECK(keys_of("\x1b[A\x1b[1;5q\x1bOs\x1b[200~").empty());
    CHECK(keys_of("\x1bq").empty()); // with Alt
    CHECK(keys_of("\x1b[As\x1bOqr") == Keys{Key::next_sort, Key::reverse});
}

TEST_CASE("a sequence that is not whole is not read past its end") {
    for (const char *part : {"\x1b", "\x1b[", "\x1b[1;", "\x1bO", "\x1b\x1b"})
        CHECK(keys_of(part).empty());
    CHECK(keys_of("\x1b\x1b[As") == Keys{Key::next_sort});
}
