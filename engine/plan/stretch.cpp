#include "engine/plan/stretch.h"

#include <algorithm>

#include "engine/plan/program.h"

namespace onnxrun {
namespace {

constexpr std::size_t kFewestSteps = 2;

// Adds what decides a value's address; false: it changes from run to run, or isn't the device's.
bool add_origin(const Slot& slot, Stretch& stretch) {
  const auto add = [](std::vector<std::size_t>& all, std::size_t one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  };
  switch (slot.place) {
    case Place::kNone:
    case Place::kConstant: return true;
    case Place::kArena: add(stretch.arenas, slot.arena); break;
    case Place::kInput: add(stretch.inputs, slot.at); break;
    case Place::kOutput: add(stretch.outputs, slot.at); break;
    case Place::kDynamic: return false;
  }
  return slot.device == stretch.device;
}

// A recording would keep the group of devices, which may be given up and made anew.
bool meets_others(const Node& n) { return n.op->domain == kInternal && n.op->name == "AllReduce"; }

// Whether the step can be part of the stretch, which then has its origins.
bool take_step(const Plan& plan, const Step& step, Stretch& stretch) {
  if (meets_others(plan.graph.node(step.node))) return false;
  if (step.reads == nullptr || step.reads != step.writes || !step.subprograms.empty()) return false;
  if (stretch.device != nullptr && step.reads != stretch.device) return false;
  Stretch longer = stretch;
  longer.device = step.reads;
  for (const auto* values : {&step.inputs, &step.outputs}) {
    for (const ValueId v : *values) {
      if (v != ValueId::kNone && !add_origin(plan.slots[index(v)], longer)) return false;
    }
  }
  if (std::ranges::find(longer.arenas, step.arena) == longer.arenas.end()) longer.arenas.push_back(step.arena);
  stretch = std::move(longer);
  return true;
}

}  // namespace

std::vector<Stretch> find_stretches(const Plan& plan) {
  std::vector<Stretch> found;
  for (std::size_t s = 0; s < plan.steps.size();) {
    Stretch stretch{.first = s};
    while (s < plan.steps.size() && take_step(plan, plan.steps[s], stretch)) ++s;
    stretch.end = s;
    if (stretch.end - stretch.first >= kFewestSteps) found.push_back(std::move(stretch));
    if (stretch.end == stretch.first) ++s;
  }
  return found;
}

void Replayed::refuse(std::string why) {
  const std::scoped_lock lock(mutex_);
  if (why_not_.empty()) why_not_ = std::move(why);
}

std::string Replayed::why_not() const {
  const std::scoped_lock lock(mutex_);
  return why_not_;
}

}  // namespace onnxrun
