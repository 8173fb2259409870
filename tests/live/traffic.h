// Many connections at a time, of random sizes and endings, and the truth of each socket as its own
// process knows it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace live {

// Of one run.
struct Truth {
    // `life -s -H -o role,family,lport,rport,pid,tx_bytes,rx_bytes,end`, and how often.
    std::map<std::string, int> lines;
    std::int64_t connections = 0;
    std::int64_t refused = 0;
    std::int64_t tx_bytes = 0; // client to server
    std::int64_t rx_bytes = 0;
    std::int64_t failures = 0; // conversations that did not go as they should: none
};

// Servers that serve themselves and ones that fork a worker for each connection, over IPv4 and
// IPv6. Nothing is on its way any more when it returns.
class Traffic {
  public:
    Traffic();
    Traffic(const Traffic &) = delete;
    Traffic &operator=(const Traffic &) = delete;
    ~Traffic();

    const std::string &ports() const { return ports_; } // of all listeners, for -P
    Truth run(int clients, int seconds);

  private:
    struct Servers;
    std::unique_ptr<Servers> servers_;
    std::string ports_;
};

} // namespace live
