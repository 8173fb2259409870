// One cell as a token of a table. In a header: each column has code of its own, which knows the
// kind of its value and needs no cell to be put together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
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

// Writes a cell as one token, a number right-aligned in `width`.
struct TokenWriter {
    char *at;
    std::size_t width;
    const TableStyle &style;
    Clock &clock;

    char *operator()(std::monostate /*absent*/) const { return put(at, '-'); }
    char *operator()(std::uint64_t number) const { return put_number_right(at, number, width); }
    char *operator()(Fixed number) const { return put_fixed_right(at, number, width); }
    char *operator()(Bytes bytes) const {
        if (style.human)
            return put_human(at, bytes.count);
        return bytes.in_kib ? (*this)(kibibytes(bytes.count)) : (*this)(bytes.count);
    }
    char *operator()(bool truth) const { return put(at, truth ? "true" : "false"); }
    char *operator()(Word word) const { return put(at, word.text); }
    char *operator()(Name name) const { return put_token(at, name.text); }
    char *operator()(Text text) const { return put_token(at, text.text); }
    char *operator()(const Address &address) const {
        const auto name = style.names != nullptr ? style.names->of(address) : std::string_view();
        return name.empty() ? put_address(at, address) : put(at, name);
    }
    char *operator()(Port port) const {
        const auto name =
            style.names != nullptr ? style.names->of(port.number) : std::string_view();
        return name.empty() ? put_number_right(at, port.number, width) : put(at, name);
    }
    char *operator()(WallTime time) const { return clock.put_local(at, time); }
    char *operator()(Elapsed elapsed) const { return clock.put_elapsed(at, elapsed.time); }

    char *operator()(Words words) const {
        if (words.empty())
            return put(at, '-');
        char *end = put(at, words.front().text);
        for (const Word word : words.subspan(1))
            end = put(put(end, ','), word.text);
        return end;
    }
};

// std::visit looks up a function in a table where there are more than eleven kinds, even if the
// compiler knows which it is.
template <std::size_t... kind>
[[nodiscard]] inline char *put_any(TokenWriter writer, const Cell &cell,
                                   std::index_sequence<kind...> /*all*/) {
    (void)((cell.index() == kind && (writer.at = writer(*std::get_if<kind>(&cell)), true)) || ...);
    return writer.at;
}

// As the put functions of text.h; a number is right-aligned in `width`.
[[nodiscard]] inline Token put_cell(char *at, const Cell &cell, std::size_t width,
                                    const TableStyle &style, Clock &clock) {
    char *const end = put_any(TokenWriter{at, width, style, clock}, cell,
                              std::make_index_sequence<std::variant_size_v<Cell>>());
    const auto size = static_cast<std::size_t>(end - at);
    const auto *name = std::get_if<Name>(&cell); // with Text the only cells beyond ASCII
    const bool is_ascii =
        name != nullptr ? name->text.is_ascii() : !std::holds_alternative<Text>(cell);
    return {end, is_ascii ? size : display_width({at, size})};
}

} // namespace tcptrail
