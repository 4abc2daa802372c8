#include "engine/backend/claims.h"

#include <algorithm>

#include "engine/backend/float_types.h"
#include "engine/ir/axis_split.h"

namespace onnxrun {

Claim claim_norm(const NodeView& node) {
  if (const std::string why = refuse_plain_floats(node, 3); !why.empty()) return Claim::no("{}", why);
  for (int o = 1; o < node.outputs(); ++o) {
    if (node.wants(o)) return Claim::no("output {} (mean or deviation) is wanted", o);
  }
  const Dims& x = node.in(0).dims();
  const int axis = axis_of(node.attrs().i("axis"), node.in(0).rank());
  for (int i = 1; i < node.inputs(); ++i) {
    if (node.has(i) && !std::equal(x.begin() + axis, x.end(), node.in(i).dims().begin(), node.in(i).dims().end())) {
      return Claim::no("input {} has shape {}, want the last {} of {}", i, dims_str(node.in(i).dims()),
                       x.size() - static_cast<std::size_t>(axis), dims_str(x));
    }
  }
  return Claim::yes();
}

Claim claim_skip_norm(const NodeView& node) {
  if (const std::string why = refuse_plain_floats(node, 5); !why.empty()) return Claim::no("{}", why);
  if (node.wants(1) || node.wants(2)) return Claim::no("the mean or the deviation is wanted");
  const Dims& x = node.in(0).dims();
  if (x.empty()) return Claim::no("rank 0");
  for (int i = 1; i < node.inputs(); ++i) {
    if (!node.has(i)) continue;
    if (node.in(i).rank() < 1 || !(node.in(i).dims().back() == x.back())) {
      return Claim::no("input {} has shape {}, want {} last", i, dims_str(node.in(i).dims()), x.back().str());
    }
    if (i > 1 && node.in(i).rank() != 1) return Claim::no("input {} has rank {}", i, node.in(i).rank());
  }
  return Claim::yes();
}

Claim claim_attention(const NodeView& node) {
  enum Input { kQ, kK, kV, kMask, kPastKey, kPastValue, kNonpad };
  if (const std::string why = refuse_plain_floats(node, 3); !why.empty()) return Claim::no("{}", why);
  for (const int i : {kQ, kV}) {
    if (node.in(i).rank() != 3 && node.in(i).rank() != 4) return Claim::no("input {} has rank {}, want 3 or 4", i, node.in(i).rank());
  }
  if (node.has(kPastKey) || node.has(kPastValue)) return Claim::no("past keys and values");
  if (node.has(kNonpad)) return Claim::no("nonpad_kv_seqlen");
  for (int o = 1; o < node.outputs(); ++o) {
    if (node.wants(o)) return Claim::no("output {} is wanted, only the first is made", o);
  }
  if (node.attrs().f("softcap", 0.0f) != 0.0f) return Claim::no("softcap {}", node.attrs().f("softcap"));
  for (const char* window : {"left_window_size", "right_window_size"}) {
    if (node.attrs().i(window, -1) >= 0) return Claim::no("{} {}", window, node.attrs().i(window));
  }
  if (!node.has(kMask)) return Claim::yes();
  const Type& mask = node.in(kMask);
  if (mask.dtype != DType::kBool && !is_f32_like(mask.dtype)) return Claim::no("a mask of {}", dtype_name(mask.dtype));
  if (!mask.ranked() || mask.rank() < 1 || mask.rank() > 4) return Claim::no("a mask of unknown rank or none of 1 to 4");
  if (mask.layout != Layout::kPlain) return Claim::no("a mask that is {}", layout_name(mask.layout));
  return Claim::yes();
}

std::string refuse_byte_product(const NodeView& node) {
  if (!node.in(0).ranked()) return "input of unknown rank";
  if (node.out(0).dtype == DType::kInt32) return "its result is the sums, i32";
  const Tensor* w = node.constant(1);
  if (w == nullptr || w->size() == 0) return "weights that are not constant, or empty";
  if (w->dtype() != DType::kInt8) return fmt::format("weights less their zero point are {}, want i8", dtype_name(w->dtype()));
  return {};
}

}  // namespace onnxrun
