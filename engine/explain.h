// From the engine's own records to what introspect.h tells.
#pragma once

#include "engine/model.h"
#include "onnxrun/introspect.h"

namespace onnxrun {

// Nodes come from the plan that was made last (with its kernels), or from the program while there is none.
Explanation explain_model(const Model& model);
// Fills runs and milliseconds, matching events to nodes by name, operator and kernel.
void add_times(Explanation& explanation, const Profile& profile);

}  // namespace onnxrun
