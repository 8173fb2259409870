#include "flow/syn_wait.h"

namespace tcptrail {

void SynWait::note(const Record &record) {
    if (const auto *syn = std::get_if<SynRecord>(&record))
        waiting_[syn->key.sock] = syn->key;
    else if (const auto *connect = std::get_if<ConnectRecord>(&record))
        waiting_.erase(connect->key.sock);
}

std::vector<SocketKey> SynWait::overdue(KernelTime now) {
    std::vector<SocketKey> keys;
    std::erase_if(waiting_, [&](const auto &entry) {
        if (now - entry.second.born < patience)
            return false;
        keys.push_back(entry.second);
        return true;
    });
    return keys;
}

} // namespace tcptrail
