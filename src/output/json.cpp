#include "output/json.h"

#include <chrono>
#include <variant>

#include "output/text.h"

namespace tcptrail {
namespace {

char *put_quoted(char *at, std::string_view word) {
    return put(put(put(at, '"'), word), '"');
}

char *put_quoted_time(char *at, WallTime time) {
    return put(put_utc(put(at, '"'), time), '"');
}

struct CellWriter {
    char *at;
    const Clock &clock;

    char *operator()(std::monostate /*absent*/) const { return put(at, "null"); }
    char *operator()(std::uint64_t number) const { return put_number(at, number); }
    char *operator()(Fixed number) const { return put_fixed(at, number); }
    char *operator()(Bytes bytes) const {
        return bytes.in_kib ? put_fixed(at, kibibytes(bytes.count)) : put_number(at, bytes.count);
    }
    char *operator()(bool truth) const { return put(at, truth ? "true" : "false"); }
    char *operator()(Word word) const { return put_quoted(at, word.text); }
    char *operator()(Name name) const { return put_json_string(at, name.text); }
    char *operator()(Text text) const { return put_json_string(at, text.text); }
    char *operator()(Port port) const { return put_number(at, port.number); }
    char *operator()(WallTime time) const { return put_quoted_time(at, time); }
    char *operator()(Elapsed elapsed) const { return clock.put_elapsed(at, elapsed.time); }

    char *operator()(const Address &address) const {
        return put(put_address(put(at, '"'), address), '"');
    }

    char *operator()(Words words) const {
        char *end = put(at, '[');
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (i > 0)
                *end++ = ',';
            end = put_quoted(end, words[i].text);
        }
        return put(end, ']');
    }
};

} // namespace

char *put_json_line(char *at, std::span<const Column> columns, std::span<const Cell> cells,
                    const Clock &clock) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        at = put(put(at, i == 0 ? '{' : ','), '"');
        at = put(put(at, columns[i].key), "\":");
        at = std::visit(CellWriter{at, clock}, cells[i]);
    }
    return put(at, "}\n");
}

void append_json_lost(std::string &out, const Loss &loss) {
    const auto since = std::chrono::floor<std::chrono::microseconds>(loss.time.time_since_epoch());
    const std::size_t before = out.size();
    out.resize(before + 5 * value_room + text_room(loss.cause.size()));
    char *at = put(out.data() + before, R"({"event":"lost","time":)");
    at = put(put_quoted_time(at, loss.time), R"(,"time_us":)");
    at = put(put_number(at, static_cast<std::uint64_t>(since.count())), R"(,"count":)");
    at = put(put_number(at, loss.count), R"(,"cause":)");
    at = put(put_json_string(at, loss.cause), "}\n");
    out.resize(static_cast<std::size_t>(at - out.data()));
}

} // namespace tcptrail
