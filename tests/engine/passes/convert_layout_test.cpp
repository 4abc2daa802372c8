#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

const BackendTraits kTraits = {.name = "test",
                               .prefers_channels_last = {"Conv", "onnxrun.FusedConv"},
                               .takes_channels_last = {"MaxPool", "GlobalAveragePool", "Concat"}};
const PassContext kContext = {.backends = {&kTraits, 1}};

TEST_CASE("convert_layout: a convolution gets Reorders before and after") {
  constexpr const char* kBefore = R"(graph main(%x: f32[1, 3, 8, 8]) -> (%y) {
  %w = const f32[4, 3, 3, 3] seed(1)
  %y = Conv(%x, %w)
})";
  check_pass(kBefore, convert_layout, R"(graph main(%x: f32[1, 3, 8, 8]) -> (%y) {
  %w = const f32[4, 3, 3, 3] seed(1)
  %a = onnxrun.Reorder(%x) {layout = "channels_last"}
  %b: f32[1, 4, 6, 6]@channels_last = Conv(%a, %w)
  %y = onnxrun.Reorder(%b) {layout = "plain"}
})",
             kContext);
  check_same_results(kBefore, convert_layout, {}, kContext);
}

TEST_CASE("convert_layout: what was reordered once is not reordered again") {
  check_pass(R"(graph main(%x: f32[N, 4, H, W]) -> (%y, %z) {
  %w = const f32[4, 1, 1, 1] seed(1)
  %v = const f32[4, 4, 1, 1] seed(2)
  %a = Conv(%x, %w) {group = 4}
  %y = Conv(%a, %v)
  %z = Conv(%x, %v)
})",
             convert_layout, R"(graph main(%x: f32[N, 4, H, W]) -> (%y, %z) {
  %x2 = onnxrun.Reorder(%x) {layout = "channels_last"}
  %w = const f32[4, 1, 1, 1] seed(1)
  %a = Conv(%x2, %w) {group = 4}
  %v = const f32[4, 4, 1, 1] seed(2)
  %b = Conv(%a, %v)
  %y = onnxrun.Reorder(%b) {layout = "plain"}
  %c = Conv(%x2, %v)
  %z = onnxrun.Reorder(%c) {layout = "plain"}
})",
             kContext);
}

TEST_CASE("convert_layout: the residual of a FusedConv is reordered, too") {
  constexpr const char* kBefore = R"(graph main(%x: f32[1, 4, 8, 8], %r: f32[1, 4, 8, 8]) -> (%y) {
  %w = const f32[4, 4, 1, 1] seed(1)
  %b = const f32[4] seed(2)
  %y = onnxrun.FusedConv(%x, %w, %b, %r) {activation = "Relu"}
})";
  check_pass(kBefore, convert_layout, R"(graph main(%x: f32[1, 4, 8, 8], %r: f32[1, 4, 8, 8]) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "channels_last"}
  %w = const f32[4, 4, 1, 1] seed(1)
  %b = const f32[4] seed(2)
  %s = onnxrun.Reorder(%r) {layout = "channels_last"}
  %c = onnxrun.FusedConv(%a, %w, %b, %s) {activation = "Relu"}
  %y = onnxrun.Reorder(%c) {layout = "plain"}
})",
             kContext);
  check_same_results(kBefore, convert_layout, {}, kContext);
}

TEST_CASE("convert_layout: nothing happens where no backend prefers it, nor to other ranks") {
  constexpr const char* kImage = R"(graph main(%x: f32[1, 3, 8, 8]) -> (%y) {
  %w = const f32[4, 3, 3, 3] seed(1)
  %y = Conv(%x, %w)
})";
  check_pass_unchanged(kImage, convert_layout);
  check_pass_unchanged(R"(graph main(%x: f32[1, 3, 8, 8]) -> (%y) {
  %y = MaxPool(%x) {kernel_shape = [2, 2]}
})",
                       convert_layout, kContext);
  check_pass_unchanged(R"(graph main(%x: f32[1, 3, 8]) -> (%y) {
  %w = const f32[4, 3, 3] seed(1)
  %y = Conv(%x, %w)
})",
                       convert_layout, kContext);
}

}  // namespace
}  // namespace onnxrun
