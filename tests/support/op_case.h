// One operator at a time: its inference, its reference kernel, its upgrade.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ir/graph.h"
#include "onnxrun/error.h"

namespace onnxrun::test {

struct OpCase {
  std::string op;  // "Conv", "com.microsoft.Gelu"
  Attributes attrs = {};
  int outputs = 1;
  int opset = 0;  // 0: the newest form; else the node is upgraded from this version of its domain
  std::vector<std::pair<std::string, std::string>> graphs = {};  // attributes that are graphs, as text; the last inputs are captures
  int captures = 0;
};

// Results of the reference on constant inputs; an empty Tensor is an absent input. Errors are thrown on.
std::vector<Tensor> run_op(const OpCase& c, const std::vector<Tensor>& inputs);
// The inferred types of the outputs as text, joined by "; ". Types of inputs read "f32[N, 3, 2*W + 1]@channels_last" or
// "f32[...]"; "" is an absent input.
std::string infer_op(const OpCase& c, const std::vector<std::string>& types);
// The names of the operators that the node becomes by its upgrade, in order: "Add Gelu".
std::string operators_of(const OpCase& c, const std::vector<std::string>& types);
// The message of the Error(kBadModel) that inference throws; "" when it throws none.
std::string infer_error(const OpCase& c, const std::vector<std::string>& types);
// The same with constants as inputs.
std::string run_error(const OpCase& c, const std::vector<Tensor>& inputs);

// Short names for tensors in tests.
Tensor f32(Shape shape, std::vector<float> values);
Tensor i64(Shape shape, std::vector<std::int64_t> values);
Tensor i32(Shape shape, std::vector<std::int32_t> values);
Tensor u8(Shape shape, std::vector<std::uint8_t> values);
Tensor i8(Shape shape, std::vector<std::int8_t> values);
Tensor boolean(Shape shape, std::vector<int> values);
Tensor strings(Shape shape, std::vector<std::string> values);
// from, from + step, ... as floats
Tensor ramp(Shape shape, float from = 0, float step = 1);
// f of every element, in place.
Tensor map(Tensor t, float (*f)(float));
// The sines (cosines) of 0, 1, 2...: values without a pattern that are easy to give to another engine.
Tensor sines(Shape shape);
Tensor cosines(Shape shape);
// An integer attribute.
inline Attribute number(std::int64_t v) { return v; }

// Checks dtype, shape and values: floats to 1e-5 (relative to values above 1) or `tolerance`, everything else exactly.
void check_tensor(const Tensor& got, const Tensor& want, double tolerance = 1e-5);

}  // namespace onnxrun::test
