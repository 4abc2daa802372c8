// OpDef: all that the engine knows of one operator, and find_op(), which finds it by name.
//
// A definition is a constant in ops/<chapter>/<name>.cpp, listed in ops/op_list.inc; this layer only declares the lookup.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"

namespace onnxrun {

class InferContext;      // ir/infer.h
class UpgradeContext;    // ir/upgrade.h
class ReferenceContext;  // ir/reference.h

constexpr std::string_view kOnnx = "";  // the standard's own domain; the file may also write "ai.onnx"
constexpr std::string_view kOnnxMl = "ai.onnx.ml";
constexpr std::string_view kMicrosoft = "com.microsoft";
constexpr std::string_view kInternal = "onnxrun";  // operators that passes make; written to .onnx under this name

struct AttributeSpec {
  std::string name;
  std::optional<Attribute> default_value;  // none: absent unless the model gives it
  bool required = false;
};

struct Arity {
  int min = 1;
  int max = 1;
};
constexpr int kVariadic = 1 << 20;

constexpr std::uint32_t kAllInputs = ~0u, kAllButFirst = ~1u;

// What passes, planner and backends may assume of an operator.
struct OpTraits {
  bool elementwise = false;     // output[i] depends on input[i] of each (broadcast) input only; layout does not matter
  bool view = false;            // output 0 is input 0's memory under another shape (plain layout)
  bool view_if_whole = false;   // so where output 0 has as many elements as input 0
  bool deterministic = true;    // false: never folded, never merged (random generators)
  std::uint32_t shape_inputs = 0;  // a bit for each input whose elements decide the shapes of outputs (see InferContext::contents)
  bool lists = false;           // inputs may be sequences, optionals or maps; without it inference refuses them
};

struct OpDef {
  std::string_view name;              // "Softmax"
  std::string_view domain = kOnnx;
  // Every since-version that is accepted, oldest first. The last one is the form that infer, reference and all later
  // stages see; `upgrade` brings the others there.
  std::vector<int> versions = {1};
  Arity inputs{1, 1};
  Arity outputs{1, 1};
  std::vector<AttributeSpec> attributes;
  // Rewrites a node of an older version (or a composite) in place; called at import, before inference.
  void (*upgrade)(UpgradeContext&) = nullptr;
  // Sets the types of the outputs from those of the inputs, as far as they are known.
  void (*infer)(InferContext&) = nullptr;
  // Computes the outputs: naive, correct, every dtype the standard allows, plain layout.
  void (*reference)(ReferenceContext&) = nullptr;
  OpTraits traits;
};

// The definition, or null. `domain` "ai.onnx" means the same as "". Defined in ops/registry.cpp.
const OpDef* find_op(std::string_view domain, std::string_view name);
// The same, for operators that must exist (a pass that makes one).
const OpDef& op(std::string_view name, std::string_view domain = kOnnx);
// Every operator, in the order of op_list.inc.
std::span<const OpDef* const> all_ops();

inline bool decides_shapes(const OpDef& op, int input) { return (op.traits.shape_inputs >> std::min(input, 31) & 1) != 0; }

// "Softmax", "com.microsoft.Gelu"
std::string op_full_name(const OpDef& op);

}  // namespace onnxrun
