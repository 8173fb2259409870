// Tests that cannot be run here, with the reason: printed at once and counted at the end.
#pragma once

#include <string_view>

namespace live {

// Says that the running test, or the rest of it, is skipped; the test returns afterwards.
void skip(std::string_view reason);

int skipped_count();

} // namespace live
