// Many short connections, one after the other.
#pragma once

#include "actor.h"

namespace live {

// Runs `count` connections between the two, all to one listener, whose address it returns. Each
// carries one byte to the server and ends by the client's FIN, then the server's.
Endpoint run_burst(Actor &client, Actor &server, int count);

// The same to a listener of the server's that is there already.
void run_burst(Actor &client, Actor &server, int count, const Socket &listener);

// The same, each from a loopback address of its own.
void run_scattered_burst(Actor &client, Actor &server, int count, const Socket &listener);

} // namespace live
