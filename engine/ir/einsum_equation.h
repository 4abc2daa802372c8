// The equation of Einsum: "bij, bjk -> bik", taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onnxrun {

// Labels are letters; the dimensions of an ellipsis have the labels kEllipsis + distance from the last of them.
using Labels = std::vector<int>;
constexpr int kEllipsis = 256;

struct Equation {
  std::vector<Labels> inputs;  // one label per dimension
  Labels output;
};

// For inputs of the given ranks. Throws Error(kBadModel) saying what is wrong with the text.
Equation parse_equation(std::string_view text, const std::vector<int>& ranks);

}  // namespace onnxrun
