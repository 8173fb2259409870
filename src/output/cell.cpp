#include "output/cell.h"

namespace tcptrail {
namespace {

// Both cells hold the same kind of value.
struct Before {
    const Cell &other;

    template <typename Value> [[nodiscard]] const Value &of() const {
        return std::get<Value>(other);
    }
    bool operator()(std::monostate /*absent*/) const { return false; }
    bool operator()(std::uint64_t number) const { return number > of<std::uint64_t>(); }
    bool operator()(Fixed number) const { return number.value > of<Fixed>().value; }
    bool operator()(bool truth) const { return truth && !of<bool>(); }
    bool operator()(Word word) const { return word.text < of<Word>().text; }
    bool operator()(Name name) const { return name.text < of<Name>().text; }
    bool operator()(Text text) const { return text.text < of<Text>().text; }
    bool operator()(Words words) const { return words.size() > of<Words>().size(); }
    bool operator()(const Address &address) const { return address < of<Address>(); }
    bool operator()(Port port) const { return port.number > of<Port>().number; }
    bool operator()(WallTime time) const { return time > of<WallTime>(); }
    bool operator()(Elapsed elapsed) const { return elapsed.time > of<Elapsed>().time; }
    bool operator()(Bytes bytes) const { return bytes.count > of<Bytes>().count; }
};

} // namespace

bool sorts_before(const Cell &a, const Cell &b) {
    if (a.index() != b.index()) {
        const bool absent = std::holds_alternative<std::monostate>(a);
        return !absent && (std::holds_alternative<std::monostate>(b) || a.index() < b.index());
    }
    return std::visit(Before{b}, a);
}

} // namespace tcptrail
