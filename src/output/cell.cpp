#include "output/cell.h"

namespace tcptrail {

std::size_t line_room(std::span<const Cell> cells) {
    constexpr std::size_t around = 48; // key or padding, quotes and separators
    std::size_t room = (around + value_room) * (cells.size() + 1);
    for (const Cell &cell : cells) {
        if (const auto *name = std::get_if<Name>(&cell))
            room += text_room(name->text.size());
        else if (const auto *words = std::get_if<Words>(&cell))
            room += words->size() * (value_room + 3);
    }
    return room;
}

} // namespace tcptrail
