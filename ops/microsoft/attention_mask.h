// The masks of com.microsoft's attention operators, as the boolean mask of the standard's Attention.
#pragma once

#include "ops/microsoft/expand.h"

namespace onnxrun {

// What the masks refer to. `total` is the number of keys, past ones included, and `past` that of past ones, both as int64
// tensors of one element; `query` [B, S, ...] gives batch and length.
struct MaskContext {
  ValueId query, total, past;
};

// `mask`, an integer tensor, by its shape: [B, T] or [B, S, T], 1 = takes part; [B] numbers of keys that are no padding on the
// right; [2B] ends, then beginnings of what is no padding; [B, 1, M, M] of which rows past.. and columns ..total are used.
// Returns a bool tensor that broadcasts to [B, heads, S, T]. Throws Error(kUnsupported) for other forms.
ValueId expand_mask(UpgradeContext& ctx, ValueId mask, const MaskContext& where);

// The mask of a standard Attention from a boolean one and an additive one, either of which may be kNone.
ValueId join_masks(UpgradeContext& ctx, ValueId boolean, ValueId additive);

}  // namespace onnxrun
