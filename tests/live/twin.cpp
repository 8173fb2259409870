#include "twin.h"

namespace live {

Twin::Twin() {
    const Socket listener = server.listen(loopback4.with_port(server_port));
    pair.client = client.connect(listener, {.from = loopback4.with_port(client_port)});
    pair.server = server.accept(listener);
}

Event Twin::event(Tracer &tracer, std::string_view kind, const Socket &socket) const {
    const std::int64_t inode = netns.inode();
    return tracer.wait_for(std::string(kind), [&](const Event &event) {
        return event.is(kind) && event.tells_of(socket) && event.netns == inode;
    });
}

std::vector<Event> Twin::all_of(Tracer &tracer, const Socket &socket) const {
    const std::int64_t inode = netns.inode();
    return tracer.select(
        [&](const Event &event) { return event.tells_of(socket) && event.netns == inode; });
}

} // namespace live
