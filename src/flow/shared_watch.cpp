#include "flow/shared_watch.h"

namespace tcptrail {

void SharedWatch::note(const Record &record, KernelTime now) {
    if (const auto *shared = std::get_if<SharedRecord>(&record))
        since_[shared->key.sock] = now;
    else if (const auto *owner = std::get_if<OwnerRecord>(&record))
        settle(owner->key, now);
    else if (const auto *close = std::get_if<CloseRecord>(&record))
        settle(close->key, now);
}

void SharedWatch::settle(const SocketKey &key, KernelTime now) {
    if (since_.erase(key.sock) > 0)
        settled_ = now;
}

bool SharedWatch::wanted(KernelTime now) {
    std::erase_if(since_, [&](const auto &entry) { return now - entry.second >= patience; });
    return !since_.empty() || now - settled_ < linger;
}

} // namespace tcptrail
