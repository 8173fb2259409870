#include "output/clock.h"

#include <ctime>

#include "output/text.h"

namespace tcptrail {

Clock::Clock(WallTime start) : start_(start) {
    tzset();
}

char *Clock::put_local(char *at, WallTime time) {
    using namespace std::chrono;
    const auto second = floor<seconds>(time);
    if (second != told_) {
        const std::time_t seconds = second.time_since_epoch().count();
        std::tm local{};
        localtime_r(&seconds, &local);
        char *text = put_two_digits(text_.data(), static_cast<unsigned>(local.tm_hour));
        text = put(text, ':');
        text = put_two_digits(text, static_cast<unsigned>(local.tm_min));
        text = put(text, ':');
        text = put_two_digits(text, static_cast<unsigned>(local.tm_sec));
        *text = '.';
        told_ = second;
    }
    const auto millis = static_cast<unsigned>(duration_cast<milliseconds>(time - second).count());
    at = put(at, {text_.data(), text_.size()});
    at = put(at, static_cast<char>('0' + millis / 100));
    return put_two_digits(at, millis % 100);
}

char *Clock::put_elapsed(char *at, WallTime time) const {
    using namespace std::chrono;
    return put_fixed(at, {floor<milliseconds>(time - start_).count(), 3});
}

} // namespace tcptrail
