// Events to lines: which columns a run shows, in which format.
#pragma once

#include <array>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "flow/event.h"
#include "options.h"
#include "output/cell.h"
#include "output/clock.h"
#include "output/columns.h"

namespace tcptrail {

class Formatter {
  public:
    // `start` is the zero of -t. A string is the reason for a refusal (an unknown column), one
    // line.
    [[nodiscard]] static std::variant<Formatter, std::string>
    make(const TableLayout &layout, const OutputOptions &options, WallTime start);

    // The header line; nothing for JSON or if it is not wanted.
    void header(std::string &out) const;

    void line(std::string &out, const Event &event);

    // In JSON only; elsewhere losses are for stderr alone.
    void lost(std::string &out, const Loss &loss) const;

  private:
    // The columns of one kind of event, and the same without their rows for the writers.
    struct Selection {
        std::vector<const EventColumn *> sources;
        std::vector<const Column *> columns;
    };

    Formatter(const OutputOptions &options, WallTime start);

    // Writes cells_; as the put functions of text.h.
    [[nodiscard]] char *put_line(char *at, std::span<const Column *const> columns);

    Format format_;
    bool header_;
    bool wide_;
    Clock clock_;
    std::array<Selection, 3> selections_; // by EventKind; the same thrice but for JSON's defaults
    std::vector<Cell> cells_;             // of the line being written
    std::vector<char> room_;              // for that line
};

} // namespace tcptrail
