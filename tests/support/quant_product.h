// Cases of onnxrun.QuantMatMul and QuantConv that several backends' tests run.
#pragma once

#include <string>
#include <string_view>

namespace onnxrun::test {

// How a product may end: as it is, or with an activation, or as bytes.
inline constexpr std::string_view kQuantEnds[] = {"", "activation = \"Relu\", to = 2, y_scale = 0.5, y_zero = 3",
                                                  "to = 3, y_scale = 0.25, y_zero = -5", "activation = \"Gelu\"",
                                                  "activation = \"Clip\", act_alpha = -1.0, act_beta = 6.0, to = 2, y_scale = 0.03, y_zero = 9"};

// x of `type` and shape `a`, times i8 weights [depth, width]; `rest` are inputs after the factors, of bias %b and zero point %z.
std::string quant_matmul(std::string_view type, std::string_view a, int depth, int width, std::string_view rest, std::string_view end);
// Over the whole range of x's type, on a backend that must take it. A slack of 1: f32 may round a value next to a tie to the other side.
void check_quant(const std::string& text, const std::string& backend);
// Sums of the largest bytes are exact there.
void check_largest_quant_sums(const std::string& backend);

}  // namespace onnxrun::test
