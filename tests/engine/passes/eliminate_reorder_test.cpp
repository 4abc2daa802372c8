#include <doctest/doctest.h>

#include "engine/ir/text.h"
#include "engine/passes/match.h"
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

bool both(Graph& g, const PassContext& ctx) {
  convert_layout(g, ctx);
  return eliminate_reorder(g, ctx);
}

TEST_CASE("eliminate_reorder: Reorders that undo each other go") {
  check_pass(R"(graph main(%x: f32[1, 2, 3, 4]@channels_last) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %b = onnxrun.Reorder(%a) {layout = "channels_last"}
  %c = onnxrun.Reorder(%b) {layout = "channels_last"}
  %y = onnxrun.Reorder(%c) {layout = "plain"}
})",
             eliminate_reorder, R"(graph main(%x: f32[1, 2, 3, 4]@channels_last) -> (%y) {
  %y = onnxrun.Reorder(%x) {layout = "plain"}
})",
             kContext);
}

TEST_CASE("eliminate_reorder: they move behind element-wise operators and those that take channels-last tensors") {
  constexpr const char* kBefore = R"(graph main(%x: f32[1, 2, 4, 4]@channels_last) -> (%y) {
  %shift = const f32[2, 1, 1] {1, 2}
  %two = const f32[] {2}
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %b = Add(%a, %shift)
  %c = Mul(%two, %b)
  %d = MaxPool(%c) {kernel_shape = [2, 2]}
  %y = Relu(%d)
})";
  check_pass(kBefore, eliminate_reorder, R"(graph main(%x: f32[1, 2, 4, 4]@channels_last) -> (%y) {
  %two = const f32[] {2}
  %shift = const f32[2, 1, 1] {1, 2}
  %b = Add(%x, %shift)
  %c = Mul(%two, %b)
  %d = MaxPool(%c) {kernel_shape = [2, 2]}
  %e = Relu(%d)
  %y = onnxrun.Reorder(%e) {layout = "plain"}
})",
             kContext);
}

TEST_CASE("eliminate_reorder: a residual network keeps one Reorder at each end") {
  constexpr const char* kBefore = R"(graph main(%x: f32[N, 3, 16, 16]) -> (%y) {
  %w0 = const f32[4, 3, 3, 3] seed(1)
  %w1 = const f32[4, 4, 1, 1] seed(2)
  %w2 = const f32[4, 1, 3, 3] seed(3)
  %w3 = const f32[4, 4, 1, 1] seed(4)
  %a = Conv(%x, %w0) {strides = [2, 2]}
  %b = MaxPool(%a) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]}
  %c = Conv(%b, %w1)
  %d = Relu(%c)
  %e = Conv(%d, %w2) {group = 4, pads = [1, 1, 1, 1]}
  %f = Add(%e, %b)
  %g = Relu(%f)
  %h = Conv(%g, %w3)
  %i = Add(%g, %h)
  %j = Relu(%i)
  %k = GlobalAveragePool(%j)
  %y = Flatten(%k)
})";
  check_pass(kBefore, both, R"(graph main(%x: f32[N, 3, 16, 16]) -> (%y) {
  %in = onnxrun.Reorder(%x) {layout = "channels_last"}
  %w0 = const f32[4, 3, 3, 3] seed(1)
  %a = Conv(%in, %w0) {strides = [2, 2]}
  %b = MaxPool(%a) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]}
  %w1 = const f32[4, 4, 1, 1] seed(2)
  %c = Conv(%b, %w1)
  %d = Relu(%c)
  %w2 = const f32[4, 1, 3, 3] seed(3)
  %e = Conv(%d, %w2) {group = 4, pads = [1, 1, 1, 1]}
  %f = Add(%e, %b)
  %g = Relu(%f)
  %w3 = const f32[4, 4, 1, 1] seed(4)
  %h = Conv(%g, %w3)
  %i = Add(%g, %h)
  %j = Relu(%i)
  %k = GlobalAveragePool(%j)
  %out = onnxrun.Reorder(%k) {layout = "plain"}
  %y = Flatten(%out)
})",
             kContext);
}

TEST_CASE("eliminate_reorder: a plain operand is reordered where the result is wanted channels-last") {
  check_pass(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[1, 2, 4, 4]) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %b = Add(%a, %z)
  %c = Relu(%b)
  %y = onnxrun.Reorder(%c) {layout = "channels_last"}
})",
             eliminate_reorder, R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[1, 2, 4, 4]) -> (%y) {
  %a = onnxrun.Reorder(%z) {layout = "channels_last"}
  %b = Add(%x, %a)
  %y = Relu(%b)
})",
             kContext);
}

TEST_CASE("eliminate_reorder: Concat of channels-last tensors stays so") {
  check_pass(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[1, 3, 4, 4]@channels_last) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %b = onnxrun.Reorder(%z) {layout = "plain"}
  %y = Concat(%a, %b) {axis = 1}
})",
             eliminate_reorder, R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[1, 3, 4, 4]@channels_last) -> (%y) {
  %c = Concat(%x, %z) {axis = 1}
  %y = onnxrun.Reorder(%c) {layout = "plain"}
})",
             kContext);
}

TEST_CASE(
    "eliminate_reorder: Reorders stay before operators of other kinds, other operands, and where the plain form is read anyway") {
  check_pass_unchanged(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %y = Softmax(%a)
})",
                       eliminate_reorder, kContext);
  check_pass_unchanged(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[1, 2, 4, 4]) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %y = Add(%a, %z)
})",
                       eliminate_reorder, kContext);
  check_pass_unchanged(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last, %z: f32[2, 4, 1]) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %y = Add(%a, %z)
})",
                       eliminate_reorder, kContext);
  check_pass_unchanged(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last) -> (%y, %a) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %y = Relu(%a)
})",
                       eliminate_reorder, kContext);
  // Nobody said that MaxPool takes it.
  check_pass_unchanged(R"(graph main(%x: f32[1, 2, 4, 4]@channels_last) -> (%y) {
  %a = onnxrun.Reorder(%x) {layout = "plain"}
  %y = MaxPool(%a) {kernel_shape = [2, 2]}
})",
                       eliminate_reorder);
}

}  // namespace
}  // namespace onnxrun
