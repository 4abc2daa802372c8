#include "engine/plan/buffers.h"

#include <algorithm>
#include <cassert>

#include "engine/ir/op_def.h"
#include "engine/plan/memory_plan.h"

namespace onnxrun {
namespace {

constexpr std::size_t kDeviceAlignment = 256;  // as Device::allocate's

// With at most one position per channel, or one channel, both layouts are the same bytes.
bool layouts_coincide(const Shape& shape) {
  if (shape.size() < 3) return true;
  std::int64_t spatial = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) spatial *= shape[i];
  return shape[1] <= 1 || spatial <= 1;
}

// Sets of values that share memory, each with a root.
class Aliases {
 public:
  explicit Aliases(std::size_t values) : parent_(values) {
    for (std::size_t i = 0; i < values; ++i) parent_[i] = static_cast<ValueId>(i);
  }
  ValueId root(ValueId v) const {
    while (parent_[index(v)] != v) v = parent_[index(v)];
    return v;
  }
  void join(ValueId child_root, ValueId root) { parent_[index(child_root)] = root; }

 private:
  std::vector<ValueId> parent_;
};

class Placer {
 public:
  Placer(Plan& plan, const std::vector<NodeId>& views, const Memories& memories)
      : plan_(plan), views_(views), memories_(memories), aliases_(plan.slots.size()), lives_(plan.slots.size()) {}

  void run() {
    place_sources();
    for (const NodeId id : views_) {
      const Node& n = plan_.graph.node(id);
      aliases_.join(n.outputs[0], aliases_.root(n.inputs[0]));
    }
    find_lifetimes();
    reuse_inputs();
    bind_outputs();
    place_in_arenas();
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      const Slot& root = plan_.slots[index(aliases_.root(static_cast<ValueId>(i)))];
      plan_.slots[i].place = root.place;
      plan_.slots[i].at = root.at;
      plan_.slots[i].arena = root.arena;
      plan_.slots[i].device = root.device;
      if (root.place == Place::kConstant) plan_.slots[i].view.data = root.view.data;
    }
  }

 private:
  struct Life {
    int first = -1, last = -1;  // steps; -1: not made by a step
    void extend(int step) { last = std::max(last, step); }
  };

  Slot& slot(ValueId v) { return plan_.slots[index(v)]; }
  Life& life(ValueId v) { return lives_[index(aliases_.root(v))]; }
  std::size_t bytes(ValueId v) { return dtype_bytes(slot(v).view.dtype, slot(v).view.size); }

  void place_sources() {
    for (std::size_t i = 0; i < plan_.graph.inputs.size(); ++i) {
      slot(plan_.graph.inputs[i]).place = Place::kInput;
      slot(plan_.graph.inputs[i]).at = i;
    }
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      Value& v = plan_.graph.value(static_cast<ValueId>(i));
      if (!v.live || !v.is_constant()) continue;
      plan_.slots[i].place = Place::kConstant;
      plan_.slots[i].view.data = v.constant.data();
    }
    for (const Step& step : plan_.steps) {
      for (const ValueId v : step.outputs) {
        if (v == ValueId::kNone) continue;
        const bool in_arena = slot(v).sized && !holds_objects(slot(v).view.dtype);
        slot(v).place = in_arena ? Place::kArena : Place::kDynamic;
        slot(v).device = step.writes;
        if (!in_arena) slot(v).at = plan_.dynamic_values++;
      }
    }
  }

  void find_lifetimes() {
    const int end = static_cast<int>(plan_.steps.size());
    for (int s = 0; s < end; ++s) {
      for (const ValueId v : plan_.steps[static_cast<std::size_t>(s)].outputs) {
        if (v == ValueId::kNone) continue;
        Life& l = life(v);
        if (l.first < 0) l.first = s;
        l.extend(s);
      }
      for (const ValueId v : plan_.steps[static_cast<std::size_t>(s)].inputs) {
        if (v != ValueId::kNone) life(v).extend(s);
      }
    }
    for (const auto& o : plan_.outputs) {
      if (o.value != ValueId::kNone) life(o.value).extend(end);
    }
    for (const ValueId v : plan_.rest_inputs) life(v).extend(end);
  }

  // A result takes the memory of an input that nobody reads later.
  void reuse_inputs() {
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (std::size_t o = 0; o < step.outputs.size(); ++o) {
        const int i = step.outputs[o] == ValueId::kNone ? -1 : step.kernel->in_place_input(static_cast<int>(o));
        if (i < 0) continue;
        const ValueId in = step.inputs[static_cast<std::size_t>(i)], out = step.outputs[o];
        if (in == ValueId::kNone) continue;
        const ValueId from = aliases_.root(in), to = aliases_.root(out);
        if (from == to || slot(from).place != Place::kArena || slot(to).place != Place::kArena || bytes(from) != bytes(to)) continue;
        if (slot(from).device != slot(to).device) continue;
        if (lives_[index(from)].last != static_cast<int>(s)) continue;
        const auto reads = std::ranges::count_if(step.inputs, [&](ValueId v) { return v != ValueId::kNone && aliases_.root(v) == from; });
        if (reads != 1) continue;
        lives_[index(from)].extend(lives_[index(to)].last);
        aliases_.join(to, from);
      }
    }
  }

  // What becomes an output is made in the caller's memory where that is possible.
  void bind_outputs() {
    for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
      Plan::Output& o = plan_.outputs[i];
      if (o.value == ValueId::kNone) continue;
      Slot& root = slot(aliases_.root(o.value));
      o.copy = root.place != Place::kArena || root.device != memories_.output(i);
      if (o.copy) continue;
      root.place = Place::kOutput;
      root.at = i;
    }
  }

  // The arena in this memory, by its place in Plan::arenas.
  std::size_t arena_in(Device* device) {
    const auto found = std::ranges::find(plan_.arenas, device, &Plan::Memory::device);
    if (found != plan_.arenas.end()) return static_cast<std::size_t>(found - plan_.arenas.begin());
    plan_.arenas.push_back({device, 0});
    return plan_.arenas.size() - 1;
  }

  void place_in_arenas() {
    for (Step& step : plan_.steps) {
      if (step.reads != nullptr) arena_in(step.reads);
      step.arena = arena_in(step.writes);
    }
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      if (plan_.slots[i].place == Place::kArena) plan_.slots[i].arena = arena_in(plan_.slots[i].device);
    }
    for (std::size_t a = 0; a < plan_.arenas.size(); ++a) place_in_arena(a);
  }

  void place_in_arena(std::size_t arena) {
    std::vector<Lifetime> lifetimes;
    std::vector<std::size_t*> offsets;
    for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
      const auto v = static_cast<ValueId>(i);
      Slot& s = plan_.slots[i];
      if (s.place != Place::kArena || s.arena != arena || aliases_.root(v) != v) continue;
      offsets.push_back(&s.at);
      lifetimes.push_back({bytes(v), lives_[i].first, lives_[i].last});
    }
    for (int s = 0; s < static_cast<int>(plan_.steps.size()); ++s) {
      Step& step = plan_.steps[static_cast<std::size_t>(s)];
      if (step.arena != arena) continue;
      offsets.push_back(&step.scratch);
      lifetimes.push_back({step.kernel->scratch_bytes(), s, s});
    }
    const MemoryPlan memory = plan_.arenas[arena].device == nullptr ? plan_memory(lifetimes) : plan_memory(lifetimes, kDeviceAlignment);
    for (std::size_t k = 0; k < offsets.size(); ++k) *offsets[k] = memory.offsets[k];
    plan_.arenas[arena].bytes = memory.bytes;
  }

  Plan& plan_;
  const std::vector<NodeId>& views_;
  const Memories& memories_;
  Aliases aliases_;
  std::vector<Life> lives_;
};

}  // namespace

bool is_view(const Graph& graph, NodeId id) {
  const Node& n = graph.node(id);
  if (n.outputs.size() != 1 || n.inputs.empty() || n.inputs[0] == ValueId::kNone) return false;
  const Type& in = graph.value(n.inputs[0]).type;
  const Type& out = graph.value(n.outputs[0]).type;
  const auto from = in.static_shape(), to = out.static_shape();
  if (!from || !to || in.dtype != out.dtype) return false;
  const bool reorder = n.op->domain == kInternal && n.op->name == "Reorder";
  const bool whole = n.op->traits.view_if_whole && element_count(*from) == element_count(*to);
  if (!reorder && !n.op->traits.view && !whole) return false;
  // A view keeps the order of the elements in memory: the shape may only change where both sides read it the same way.
  const bool plain_in = in.layout == Layout::kPlain || layouts_coincide(*from);
  const bool plain_out = out.layout == Layout::kPlain || layouts_coincide(*to);
  return (plain_in && plain_out) || (in.layout == out.layout && *from == *to);
}

void place_values(Plan& plan, const std::vector<NodeId>& views, const Memories& memories) {
  Placer(plan, views, memories).run();
}

}  // namespace onnxrun
