// Which hooks to take: a pure function of what the kernel can do and what the user asked.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "failure.h"
#include "kernel/facts.h"
#include "kernel/hooks.h"

namespace tcptrail {

// A way that was not taken, and why.
struct Rejected {
    const Way *way = nullptr;
    std::string reason;
};

struct Choice {
    const Purpose *purpose = nullptr;
    // In order: the first is taken; the others stand by where only attaching can tell.
    std::vector<const Way *> ways;
    std::vector<Rejected> rejected;
};

struct Plan {
    std::vector<Choice> choices;          // one per purpose that this run has
    Backend backend = Backend::automatic; // what connects are hooked by, for the banner

    [[nodiscard]] const Choice &of(Fact fact) const;
};

// What make_plan() chooses, whether or not tracing is possible with it.
[[nodiscard]] std::vector<Choice> choose_all(const KernelFacts &facts, Backend wanted, bool follow);

// Whether any of the ways chosen, those standing by included, has a hook of this mechanism.
[[nodiscard]] bool takes(const std::vector<Choice> &choices, Mechanism mechanism);

// The plan, or one line that says why there cannot be one. `follow`: a COMMAND and its
// descendants.
[[nodiscard]] Result<Plan> make_plan(const KernelFacts &facts, Backend wanted, bool follow);

// Why this hook cannot be used here; empty: it can, as far as can be said before attaching.
[[nodiscard]] std::string obstacle(const KernelFacts &facts, const Hook &hook);

[[nodiscard]] std::string_view backend_name(Backend backend);

} // namespace tcptrail
