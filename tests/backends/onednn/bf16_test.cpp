// bf16 on oneDNN: runs where the processor has the instructions, and checks nothing elsewhere.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/backend/registry.h"
#include "tests/support/check_backends.h"

namespace onnxrun::test {
namespace {

bool has_bf16() {
  return std::ranges::any_of(registered_backends(), [](const Backend* b) {
    return b->traits().name == "onednn" && b->traits().fast_in.contains(DType::kBFloat16);
  });
}

void check(const std::string& text) {
  if (has_bf16()) check_on_every_backend(text, {.claimed_by = {"onednn"}});
}

}  // namespace

TEST_CASE("onednn: bf16 convolutions with everything fused") {
  for (const std::string_view layout : {"", "@channels_last"}) {
    for (const std::string_view w : {"[32, 32, 3, 3]", "[32, 32, 1, 1]", "[32, 8, 3, 3]", "[32, 1, 3, 3]"}) {
      const int group = w[5] == '8' ? 4 : w[5] == '1' ? 32 : 1;
      const std::string_view pads = w.ends_with("3, 3]") ? "1, 1, 1, 1" : "0, 0, 0, 0";
      for (const std::string_view activation : {"Relu", "Gelu", "HardSwish", ""}) {
        check(fmt::format(
            "graph main(%x: bf16[1, 32, 6, 7]{0}, %r: bf16[1, 32, 6, 7]{0}) -> (%y, %z) {{\n  %w = const bf16{1} seed(1)\n"
            "  %b = const bf16[32] seed(2)\n  %s = MaxPool(%r) {{kernel_shape = [1, 1]}}\n"
            "  %y = onnxrun.FusedConv(%x, %w, %b, %r) {{group = {2}, pads = [{3}], activation = \"{4}\"}}\n"
            "  %z = onnxrun.FusedConv(%x, %w, %b, %s) {{group = {2}, pads = [{3}], activation = \"{4}\"}}\n}}\n",
            layout, w, group, pads, activation));
      }
    }
  }
}

TEST_CASE("onednn: bf16 products with everything fused") {
  for (const std::string_view attrs : {"", "activation = \"Gelu\"", "scale = 0.5, activation = \"Relu\""}) {
    check(
        fmt::format("graph main(%a: bf16[2, 7, 40], %r: bf16[2, 7, 50]) -> (%y) {{\n  %b = const bf16[40, 50] seed(3)\n"
                    "  %c = const bf16[50] seed(4)\n  %y = onnxrun.FusedMatMul(%a, %b, %c, %r) {{{}}}\n}}\n",
                    attrs));
    check(
        fmt::format("graph main(%a: bf16[2, 7, 40], %b: bf16[2, 50, 40]) -> (%y) {{\n"
                    "  %y = onnxrun.FusedMatMul(%a, %b) {{transB = 1, {}}}\n}}\n",
                    attrs.empty() ? "scale = 1.0" : attrs));
  }
}

TEST_CASE("onednn: bf16 poolings") {
  check(
      "graph main(%x: bf16[1, 19, 12, 11]@channels_last) -> (%y, %z, %u) {\n  %y = MaxPool(%x) {kernel_shape = [3, 3]}\n"
      "  %z = AveragePool(%x) {kernel_shape = [3, 3]}\n  %u = GlobalAveragePool(%x)\n}\n");
}

}  // namespace onnxrun::test
