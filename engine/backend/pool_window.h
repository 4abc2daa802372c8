// What MaxPool, AveragePool, GlobalMaxPool and GlobalAveragePool take together.
#pragma once

#include "engine/backend/backend.h"
#include "engine/ir/window.h"

namespace onnxrun {

bool is_global_pool(const NodeView& node);
bool is_max_pool(const NodeView& node);
bool counts_padding(const NodeView& node);

// Why no vendor's library can do it, whatever the input; empty when they can.
std::string refuse_pool(const NodeView& node);

// For an input and output of these sizes: the window that takes the whole input for a global pooling; otherwise with pads
// explicit, and long enough at the end for the last window under ceil_mode.
Window pool_window(const NodeView& node, const Shape& x, const Shape& y);

// The result for windows that hold no element.
float empty_pool_value(const NodeView& node);

}  // namespace onnxrun
