// libbpf's messages.
#pragma once

namespace tcptrail {

// Sends them to stderr if `verbose`, else nowhere: tcptrail says in one line what went wrong.
void log_libbpf(bool verbose);

} // namespace tcptrail
