// Any bytes as a recorded file, as they are and with checksums that hold, shown in every format.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "flow/recording.h"
#include "flow/recording_format.h"
#include "fuzz.h"
#include "options.h"
#include "views/catalog.h"

using namespace tcptrail;

namespace {

struct Read {
    std::optional<WallTime> start;
    std::vector<RecordedItem> items; // events and losses
    std::string entries;             // the same, written again
    Damaged end;                     // empty: the file is whole
};

void keep(Read &read, const RecordedItem &item) {
    if (const auto *event = std::get_if<Event>(&item))
        append_entry(read.entries, *event);
    else
        append_entry(read.entries, std::get<Loss>(item));
    read.items.push_back(item);
}

Read read_all(std::string_view file, std::size_t chunk) {
    RecordingReader reader;
    Read read;
    for (;;) {
        const RecordedItem &item = reader.next();
        if (std::holds_alternative<NeedMore>(item)) {
            if (file.empty())
                reader.finish();
            const auto room = reader.room();
            const std::string_view front = file.substr(0, std::min(chunk, room.size()));
            std::memcpy(room.data(), front.data(), front.size());
            reader.add(front.size());
            file.remove_prefix(front.size());
            continue;
        }
        const auto *damaged = std::get_if<Damaged>(&item);
        if (damaged == nullptr && !std::holds_alternative<EndOfRecording>(item)) {
            keep(read, item);
            continue;
        }
        if (damaged != nullptr)
            read.end = *damaged;
        read.start = reader.start();
        return read;
    }
}

std::vector<Options> all_options_of_views() {
    constexpr std::array<std::array<const char *, 3>, 6> lines{{
        {"tcptrail", "trace", "-wT"},
        {"tcptrail", "trace", "-j"},
        {"tcptrail", "trace", "-s"},
        {"tcptrail", "life", "-t"},
        {"tcptrail", "life", "-j"},
        {"tcptrail", "life", "-s"},
    }};
    std::vector<Options> all;
    for (const auto &line : lines)
        all.push_back(std::get<Options>(parse_options(line.size(), line.data())));
    return all;
}

void check_text(std::string_view text, Format format) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        fuzz::require(end != std::string_view::npos);
        const std::string_view line = text.substr(0, end);
        fuzz::require(format != Format::json || nlohmann::json::accept(line));
        fuzz::require(fuzz::shows(line));
        text.remove_prefix(end + 1);
    }
}

void show(const Read &read) {
    static const std::vector<Options> all = all_options_of_views();
    for (const Options &options : all) {
        Sink sink(-1);
        auto made = find_view(options.view)->make(options, sink, *read.start, nullptr);
        View &view = *std::get<std::unique_ptr<View>>(made);
        view.begin();
        for (const RecordedItem &item : read.items) {
            if (const auto *event = std::get_if<Event>(&item))
                view.show(*event);
            else if (const auto *loss = std::get_if<Loss>(&item))
                view.lost(*loss);
        }
        check_text(sink.buffer(), options.output.format);
    }
}

void check(const std::string &file) {
    const Read read = read_all(file, file.size() + 1);
    const Read slowly = read_all(file, 1 + file.size() % 67);
    fuzz::require(slowly.entries == read.entries && slowly.start == read.start);
    fuzz::require(slowly.end.offset == read.end.offset && slowly.end.reason == read.end.reason);
    if (!read.start)
        return;
    const Read again = read_all(recording_head(*read.start) + read.entries, 65536);
    fuzz::require(again.entries == read.entries && again.end.reason.empty());
    show(read);
}

void put_number(std::string &file, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < sizeof(value); ++i)
        file[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint32_t number_at(const std::string &file, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < sizeof(value); ++i)
        value |= std::uint32_t{static_cast<std::uint8_t>(file[at + i])} << (8 * i);
    return value;
}

// A fuzzer does not find a checksum by itself.
std::string sealed(std::string file) {
    using namespace recording;
    if (file.size() < head_size)
        return file;
    const std::size_t checked = head_size - checksum_size;
    put_number(file, checked, checksum(file.data(), checked));
    for (std::size_t at = head_size; at + size_size <= file.size();) {
        const std::size_t end = at + size_size + 1 + number_at(file, at);
        if (end + checksum_size > file.size())
            break;
        const std::size_t kind = at + size_size;
        put_number(file, end, checksum(file.data() + kind, end - kind));
        at = end + checksum_size;
    }
    return file;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string file(reinterpret_cast<const char *>(data), size);
    check(file);
    check(sealed(file));
    return 0;
}
