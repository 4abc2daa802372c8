// How two tensors differ: what onnx-run compare counts, judges and prints.
#pragma once

#include <nlohmann/json.hpp>

#include "onnxrun/tensor.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

struct Tolerance {
  double relative = 1e-3;  // of each element
  double absolute = 1e-6;
  double least_of_bf16 = 0, least_of_f16 = 0;  // what `relative` is at least for these types
};

struct Difference {
  bool equal = true;
  std::string why;           // type or shape differ
  std::int64_t wrong = 0, count = 0;
  double worst_absolute = 0, worst_relative_to_largest = 0, cosine = 1;
  std::int64_t at = -1;      // the worst element
  double got = 0, want = 0;
};

// Compares element by element, lists through all they hold; `any_type` lets numbers of another type stand for the wanted one.
Difference difference(const Tensor& got, const Tensor& want, const Tolerance& tolerance, bool any_type = false);
Json difference_json(const std::string& name, const Difference& d);
std::string difference_text(const std::string& name, const Difference& d);

}  // namespace onnxrun::tools
