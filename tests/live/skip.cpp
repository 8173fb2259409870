#include "skip.h"

#include <iostream>

#include "catch.h"

namespace live {

namespace {
int skipped = 0;
}

void skip(std::string_view reason) {
    ++skipped;
    std::cout << "SKIP: " << Catch::getResultCapture().getCurrentTestName() << ": " << reason
              << std::endl;
    SUCCEED();
}

int skipped_count() {
    return skipped;
}

} // namespace live
