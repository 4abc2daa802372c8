// Shows what a step has made to the one who asked for it by RunOptions::watch.
#pragma once

#include "engine/plan/plan.h"
#include "onnxrun/options.h"

namespace onnxrun {

using Watch = std::function<void(const WatchedValue&)>;

// Calls `watch` for each named value of `step`, whose outputs are `made`.
void show_step(const Watch& watch, const Plan& plan, const Step& step, std::span<const TensorView> made);

}  // namespace onnxrun
