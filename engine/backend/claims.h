// What the kernels of several backends refuse alike: those for one float type in plain layout, and products of bytes.
#pragma once

#include "engine/backend/backend.h"

namespace onnxrun {

// LayerNormalization and RMSNormalization: y only, scale and bias of the normalised shape.
Claim claim_norm(const NodeView& node);
// com.microsoft.SkipLayerNormalization and SkipSimplifiedLayerNormalization: y and the sum only, one row or all of `skip`.
Claim claim_skip_norm(const NodeView& node);
// Attention (ONNX 23 to 25): y only; no past keys, lengths, soft cap or windows; a mask of booleans or floats.
Claim claim_attention(const NodeView& node);
// onnxrun.QuantMatMul and QuantConv where a library multiplies bytes and a loop of the backend's scales the sums: why not; empty: nothing
// speaks against it.
std::string refuse_byte_product(const NodeView& node);
// So many products of 8-bit integers no longer fit in 32 bits.
constexpr std::int64_t kTooManyByteProducts = 1 << 16;

}  // namespace onnxrun
