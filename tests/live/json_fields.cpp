#include "json_fields.h"

#include <ctime>
#include <stdexcept>

namespace live {

namespace {

// 2026-11-20T08:46:36.123456Z as microseconds since the epoch.
std::int64_t microseconds(const std::string &time) {
    std::tm parts{};
    const char *rest = strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S.", &parts);
    require(time.size() == 27 && rest == time.c_str() + 20 && time[26] == 'Z',
            "not a time in UTC with microseconds");
    return timegm(&parts) * std::int64_t{1'000'000} + std::stoll(time.substr(20, 6));
}

} // namespace

void require(bool good, const char *what) {
    if (!good)
        throw std::runtime_error(what);
}

void check_keys(const Json &object, const std::vector<std::string> &wanted) {
    std::vector<std::string> found;
    for (const auto &[key, value] : object.items())
        found.push_back(key);
    require(found == wanted, "not the documented keys in the documented order");
}

std::int64_t integer(const Json &value) {
    require(value.is_number_integer(), "not an integer");
    return value.get<std::int64_t>();
}

std::int64_t read_time_us(const Json &object) {
    const std::int64_t time_us = integer(object["time_us"]);
    require(time_us == microseconds(object["time"]), "time and time_us differ");
    return time_us;
}

} // namespace live
