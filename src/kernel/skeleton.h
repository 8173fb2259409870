// The generated skeleton, with the types of its globals. For src/kernel only.
#pragma once

#include "wire.h"

// It does not include what it needs: after the above.
#include "tcptrail.skel.h"
