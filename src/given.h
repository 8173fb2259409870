// What stands on the command line: separated, not yet understood.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "option_table.h"

namespace tcptrail {

struct Given {
    struct Values {
        std::string_view flags;
        std::vector<std::string> values; // one per use
    };
    std::vector<Values> options;   // the used ones, in the order of the tables
    std::vector<std::string> rest; // views, numbers and unknown options, in the order given
    std::optional<std::vector<std::string>> command; // what stands behind --

    [[nodiscard]] const std::vector<std::string> *find(std::string_view name) const {
        for (const Values &option : options)
            if (option_name(option.flags) == name)
                return &option.values;
        return nullptr;
    }
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
};

} // namespace tcptrail
