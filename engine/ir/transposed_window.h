// The padding of a transposed convolution, which takes away from its output.
#pragma once

#include <optional>

#include "engine/ir/window.h"

namespace onnxrun {

struct TransposedPads {
  Ints begin, end;  // per spatial axis
};

// Explicit pads are the attribute's. With output_shape or auto_pad SAME_* they follow from the sizes:
//   total = stride * (in - 1) + output_padding + extent - out, halved; the odd element goes to the end for SAME_UPPER.
// nullopt where they can't be said yet or are negative. `x`: all sizes of the input.
std::optional<TransposedPads> transposed_pads(const Attributes& attrs, const Window& window, const Dims& x);

}  // namespace onnxrun
