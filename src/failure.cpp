#include "failure.h"

#include <cstdlib>
#include <cstring>

namespace tcptrail {

Failure failure(const std::string &what, int error) {
    return {what + ": " + strerror(std::abs(error))};
}

} // namespace tcptrail
