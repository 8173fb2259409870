// One cell as a token of a table. In a header: each column has code of its own, which knows the
// kind of its value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "output/cell.h"
#include "output/clock.h"
#include "output/names.h"
#include "output/text.h"

namespace tcptrail {

struct TableStyle {
    bool wide = false;            // leave the room that columns ask for with --wide
    bool human = false;           // bytes as 1.2M
    const Names *names = nullptr; // of addresses and ports
};

struct Token {
    char *end = nullptr;
    std::size_t width = 0; // characters on the screen
};

// Writes what a cell may hold as one token; a number is right-aligned in `width`.
struct TokenWriter {
    char *at;
    std::size_t width;
    const TableStyle &style;
    Clock &clock;

    template <typename Value> [[nodiscard]] Token operator()(const Value &value) const {
        char *const end = write(value);
        const auto size = static_cast<std::size_t>(end - at);
        if constexpr (std::is_same_v<Value, Name>) // with Text the only ones beyond ASCII
            return {end, value.text.is_ascii() ? size : display_width({at, size})};
        else if constexpr (std::is_same_v<Value, Text>)
            return {end, display_width({at, size})};
        else
            return {end, size};
    }
    template <typename Value>
    [[nodiscard]] Token operator()(const std::optional<Value> &value) const {
        return value ? (*this)(*value) : (*this)(std::monostate{});
    }
    [[nodiscard]] Token operator()(const Cell &cell) const {
        return std::visit([this](const auto &value) { return (*this)(value); }, cell);
    }

    // As the put functions of text.h.
    [[nodiscard]] char *write(std::monostate /*absent*/) const {
        return put(put_blanks(at, std::max<std::size_t>(width, 1) - 1), '-');
    }
    [[nodiscard]] char *write(std::uint64_t number) const {
        return put_number_right(at, number, width);
    }
    [[nodiscard]] char *write(Fixed number) const { return put_fixed_right(at, number, width); }
    [[nodiscard]] char *write(Bytes bytes) const {
        if (style.human)
            return put_human(at, bytes.count);
        return bytes.in_kib ? write(kibibytes(bytes.count)) : write(bytes.count);
    }
    [[nodiscard]] char *write(bool truth) const { return put(at, truth ? "true" : "false"); }
    [[nodiscard]] char *write(Word word) const { return put(at, word.text); }
    [[nodiscard]] char *write(const Name &name) const { return put_token(at, name.text); }
    [[nodiscard]] char *write(Text text) const { return put_token(at, text.text); }
    [[nodiscard]] char *write(const Address &address) const {
        const auto name = style.names != nullptr ? style.names->of(address) : std::string_view();
        return name.empty() ? put_address(at, address) : put(at, name);
    }
    [[nodiscard]] char *write(Port port) const {
        const auto name =
            style.names != nullptr ? style.names->of(port.number) : std::string_view();
        return name.empty() ? put_number_right(at, port.number, width) : put(at, name);
    }
    [[nodiscard]] char *write(WallTime time) const { return clock.put_local(at, time); }
    [[nodiscard]] char *write(Elapsed elapsed) const { return clock.put_elapsed(at, elapsed.time); }

    [[nodiscard]] char *write(Words words) const {
        if (words.empty())
            return put(at, '-');
        char *end = put(at, words.front().text);
        for (const Word word : words.subspan(1))
            end = put(put(end, ','), word.text);
        return end;
    }
};

} // namespace tcptrail
