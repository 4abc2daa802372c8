#include "engine/run/replays.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/ir/infer.h"

namespace onnxrun {
namespace {

std::string label(const Plan& plan, std::size_t stretch, bool last) {
  const Stretch& it = plan.stretches[stretch];
  return node_label(plan.graph, plan.steps[last ? it.end - 1 : it.first].node);
}

}  // namespace

Replays::Replays(const Plan& plan) : plan_(plan), known_(plan.stretches.size()) {}

Replays::Seen* Replays::find(Known& known, std::span<void* const> addresses) {
  for (Seen& seen : known.seen) {
    if (!seen.addresses.empty() && std::ranges::equal(seen.addresses, addresses)) return &seen;
  }
  return nullptr;
}

void Replays::run(std::size_t stretch, std::span<void* const> addresses, const std::function<void()>& steps) {
  Known& known = known_[stretch];
  if (known.refused) return steps();
  Seen* seen = find(known, addresses);
  const bool first = seen == nullptr;
  if (first) {
    seen = &*std::ranges::min_element(known.seen, {}, &Seen::last_use);
    seen->recording.reset();
    seen->addresses.assign(addresses.begin(), addresses.end());
  }
  seen->last_use = ++clock_;
  if (!first && seen->recording == nullptr && known.made < kMade) {
    std::string why_not;
    seen->recording = plan_.stretches[stretch].device->record(steps, why_not);
    known.refused = seen->recording == nullptr;
    if (known.refused) plan_.replayed.refuse(std::move(why_not));
    known.made += known.refused ? 0 : 1;
    plan_.replayed.recordings += known.refused ? 0 : 1;
  }
  if (seen->recording == nullptr) return steps();
  with_context([&] { return "while replaying the steps from " + label(plan_, stretch, false) + " to " + label(plan_, stretch, true); },
               [&] { seen->recording->replay(); });
  ++plan_.replayed.replays;
}

}  // namespace onnxrun
