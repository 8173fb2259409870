// What the lines of tcptrail's NDJSON have in common, whatever they tell: strict readers of single
// fields. They throw std::runtime_error.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace live {

using Json = nlohmann::ordered_json;

void require(bool good, const char *what);

// Exactly these keys, in this order.
void check_keys(const Json &object, const std::vector<std::string> &wanted);

std::int64_t integer(const Json &value);

template <typename Value> std::optional<Value> nullable(const Json &value) {
    if (value.is_null())
        return std::nullopt;
    if constexpr (std::is_same_v<Value, std::string>)
        return value.get<std::string>();
    else
        return static_cast<Value>(integer(value));
}

// The object's time_us, which says the same as its time.
std::int64_t read_time_us(const Json &object);

} // namespace live
