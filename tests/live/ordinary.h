// Programs of an ordinary user with some of root's capabilities, as setpriv(1) runs them.
#pragma once

#include <string>
#include <vector>

namespace live {

// The command line that has the test binary run another as the user 65534. Capabilities are CAP_...
std::vector<std::string> as_ordinary_user(const std::vector<int> &capabilities,
                                          const std::vector<std::string> &command);

// What that binary does with the words of this command line. Returns only if it fails.
int be_ordinary_user(const std::vector<std::string> &words);

} // namespace live
