#include "tests/support/quant_product.h"

#include <fmt/format.h>

#include "tests/support/check_backends.h"

namespace onnxrun::test {

std::string quant_matmul(std::string_view type, std::string_view a, int depth, int width, std::string_view rest, std::string_view end) {
  return fmt::format(
      "graph main(%x: {0}{1}) -> (%y) {{\n  %w = const i8[{2}, {3}] seed(3)\n  %f = const f32[{3}] fill(0.0078125)\n"
      "  %b = const f32[{3}] seed(4)\n  %z = const {0}[] {{7}}\n  %y = onnxrun.QuantMatMul(%x, %w, %f{4}) {{{5}}}\n}}\n",
      type, a, depth, width, rest, end);
}

void check_quant(const std::string& text, const std::string& backend) {
  const bool bytes = text.find("%x: u8") != std::string::npos;
  check_on_every_backend(text, {.ranges = {{"x", bytes ? Range{0, 256} : Range{-128, 128}}}, .integer_slack = 1, .claimed_by = {backend}});
}

void check_largest_quant_sums(const std::string& backend) {
  for (const std::string_view w : {"fill(127)", "fill(-128)"}) {
    for (const auto& [type, range] : {std::pair<std::string_view, Range>{"u8", {255, 256}}, {"i8", {-128, -127}}}) {
      check_on_every_backend(
          fmt::format("graph main(%x: {}[9, 1030]) -> (%y) {{\n  %w = const i8[1030, 24] {}\n  %f = const f32[24] fill(0.5)\n"
                      "  %y = onnxrun.QuantMatMul(%x, %w, %f)\n}}\n",
                      type, w),
          {.ranges = {{"x", range}}, .math = Math::kExact, .claimed_by = {backend}});
    }
  }
}

}  // namespace onnxrun::test
