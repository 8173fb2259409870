#include "output/csv.h"

#include <variant>

#include "output/text.h"

namespace tcptrail {
namespace {

struct CellWriter {
    char *at;
    const Clock &clock;

    char *operator()(std::monostate /*absent*/) const { return at; }
    char *operator()(std::uint64_t number) const { return put_number(at, number); }
    char *operator()(Fixed number) const { return put_fixed(at, number); }
    char *operator()(Bytes bytes) const {
        return bytes.in_kib ? put_fixed(at, kibibytes(bytes.count)) : put_number(at, bytes.count);
    }
    char *operator()(bool truth) const { return put(at, truth ? "true" : "false"); }
    char *operator()(Word word) const { return put(at, word.text); }
    char *operator()(Name name) const { return put_csv_text(at, name.text); }
    char *operator()(Text text) const { return put_csv_text(at, text.text); }
    char *operator()(const Address &address) const { return put_address(at, address); }
    char *operator()(Port port) const { return put_number(at, port.number); }
    char *operator()(WallTime time) const { return put_utc(at, time); }
    char *operator()(Elapsed elapsed) const { return clock.put_elapsed(at, elapsed.time); }

    // Separated by blanks, so that the field needs no quotes.
    char *operator()(Words words) const {
        char *end = at;
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (i > 0)
                *end++ = ' ';
            end = put(end, words[i].text);
        }
        return end;
    }
};

} // namespace

void append_csv_header(std::string &out, std::span<const Column> columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0)
            out.push_back(',');
        out.append(columns[i].key);
    }
    out.push_back('\n');
}

char *put_csv_line(char *at, std::span<const Cell> cells, const Clock &clock) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0)
            *at++ = ',';
        at = std::visit(CellWriter{at, clock}, cells[i]);
    }
    return put(at, '\n');
}

} // namespace tcptrail
