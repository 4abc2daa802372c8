// How operators of com.microsoft become standard ones at import.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/ir/upgrade.h"

namespace onnxrun {

// The type of a value; an unknown one for kNone.
const Type& type_of(UpgradeContext& ctx, ValueId x);
// A node with several outputs.
std::vector<ValueId> build_many(UpgradeContext& ctx, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs,
                                int outputs);
// One of the engine's own operators (ops/fused).
ValueId build_fused(UpgradeContext& ctx, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs);
// A constant scalar of a float or integer type.
ValueId scalar(UpgradeContext& ctx, DType dtype, double value);
// x[begin:end] along `axis`.
ValueId cut(UpgradeContext& ctx, ValueId x, std::int64_t axis, std::int64_t begin, std::int64_t end);
ValueId transpose(UpgradeContext& ctx, ValueId x, Ints perm);
ValueId unsqueeze(UpgradeContext& ctx, ValueId x, const Ints& axes);
ValueId cast(UpgradeContext& ctx, ValueId x, DType to);
// Size of dimension `axis` of x, as an int64 tensor of one element.
ValueId size_of(UpgradeContext& ctx, ValueId x, std::int64_t axis);
// a + b, either of which may be kNone.
ValueId add(UpgradeContext& ctx, ValueId a, ValueId b);

// Whether output i is named in the file.
bool wants_output(UpgradeContext& ctx, std::size_t i);
// Throws Error(kUnsupported) when one of these inputs is given.
void refuse_inputs(UpgradeContext& ctx, std::initializer_list<int> inputs, std::string_view why);

// An activation as com.microsoft's fused operators name it: "", or an ONNX operator with its parameters, if any.
struct NamedActivation {
  std::string name;
  std::vector<float> parameters;  // alpha, beta (min, max for Clip)
};
// As the attributes activation, act_alpha and act_beta of the engine's fused operators; false when they don't know it.
bool set_activation(Attributes& attrs, const NamedActivation& activation);
ValueId activate(UpgradeContext& ctx, ValueId x, const NamedActivation& activation);

}  // namespace onnxrun
