// Connections that come and go for as long as it lives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actor.h"

namespace live {

// Accepts connections and closes each when its client has, until it is killed.
int serve_forever(int listener);

// A shell's command: this binary in its role of a client (see main.cpp).
std::string client_of(const Socket &listener);

class Churn {
  public:
    explicit Churn(int clients);
    std::uint16_t port() const { return listener_.local.port; }

  private:
    Actor server_{"tt-churn-server"};
    Socket listener_ = server_.listen(loopback4);
    std::vector<Actor> clients_;
};

} // namespace live
