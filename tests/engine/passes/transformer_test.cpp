// Whole layers as exporters write them, through the whole pipeline.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "engine/ir/text.h"
#include "engine/passes/pipeline.h"
#include "onnxrun/error.h"
#include "tests/support/check_pass.h"
#include "tests/support/reference_run.h"

namespace onnxrun {
namespace {

using Counts = std::map<std::string, int>;

Counts count_operators(const Graph& g) {
  Counts counts;
  for (const NodeId id : g.topological_order()) ++counts[op_full_name(*g.node(id).op)];
  return counts;
}

std::string str(const Counts& counts) {
  std::string text;
  for (const auto& [op, n] : counts) text += fmt::format("{} {}, ", n, op);
  return text;
}

// The pipeline leaves these operators of `text`, and the same results.
void check_pipeline(const std::string& text, const Counts& want, std::map<std::string, Tensor> tensors) {
  try {
    Graph g = parse_graph(text);
    const std::vector<Tensor> inputs = test::make_inputs(g, {.tensors = std::move(tensors)});
    const auto before = test::run_graph_reference(g, inputs);
    optimize(g, {});
    INFO("after the pipeline:\n" << print_graph(g));
    CHECK(str(count_operators(g)) == str(want));
    const auto after = test::run_graph_reference(g, inputs);
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(test::difference(after[i], before[i], test::CheckOptions{}) == "");
  } catch (const Error& e) {
    FAIL_CHECK("threw: " << std::string(e.what()));
  }
}

Tensor hidden_tensor() { return test::random_tensor(DType::kFloat32, {2, 3, 8}, 5); }
Tensor mask_tensor() { return Tensor::of<std::int64_t>({2, 3}, {1, 1, 1, 1, 1, 0}); }

// %<to> = x . w + bias, as the exporters write a linear layer.
std::string linear(std::string_view to, std::string_view x, std::string_view w) {
  return fmt::format("  %{0}_m = MatMul(%{1}, %w_{2})\n  %{0} = Add(%b_{2}, %{0}_m)\n", to, x, w);
}

std::string weights() {
  std::string text;
  int seed = 1;
  for (const char* name : {"q", "k", "v", "o"}) {
    text += fmt::format("  %w_{0} = const f32[8, 8] seed({1})\n  %b_{0} = const f32[8] seed({2})\n", name, seed, seed + 1);
    seed += 2;
  }
  return text + R"(  %w_up = const f32[8, 16] seed(20)
  %b_up = const f32[16] seed(21)
  %w_down = const f32[16, 8] seed(22)
  %b_down = const f32[8] seed(23)
  %g1 = const f32[8] seed(24)
  %b1 = const f32[8] seed(25)
  %g2 = const f32[8] seed(26)
  %b2 = const f32[8] seed(27)
  %i0 = const i64[] {0}
  %i1 = const i64[] {1}
  %v0 = const i64[1] {0}
  %minus = const i64[1] {-1}
  %two_heads = const i64[1] {2}
  %four = const i64[1] {4}
  %axes1 = const i64[1] {1}
  %axes2 = const i64[1] {2}
  %one = const f32[] {1}
  %two = const f32[] {2}
  %half = const f32[] {0.5}
  %sqrt2 = const f32[] {1.4142135}
  %eps = const f32[] {1e-12}
  %low = const f32[] {-3.4028235e+38}
)";
}

// TorchScript asks for sizes where it needs them.
std::string sizes(std::string_view x) {
  return fmt::format(R"(  %shape_b = Shape(%{0})
  %b = Gather(%shape_b, %i0)
  %shape_s = Shape(%{0})
  %s = Gather(%shape_s, %i1)
)",
                     x);
}

std::string split_heads(std::string_view to, std::string_view x, std::string_view perm) {
  return fmt::format(R"(  %{0}_b = Unsqueeze(%b, %v0)
  %{0}_s = Unsqueeze(%s, %v0)
  %{0}_shape = Concat(%{0}_b, %{0}_s, %minus, %four) {{axis = 0}}
  %{0}_4 = Reshape(%{1}, %{0}_shape)
  %{0} = Transpose(%{0}_4) {{perm = {2}}}
)",
                     to, x, perm);
}

constexpr const char* kMergeHeads = R"(  %ctx_t = Transpose(%ctx) {perm = [0, 2, 1, 3]}
  %ctx_b = Unsqueeze(%b, %v0)
  %ctx_s = Unsqueeze(%s, %v0)
  %ctx_shape = Concat(%ctx_b, %ctx_s, %minus) {axis = 0}
  %merged = Reshape(%ctx_t, %ctx_shape)
)";

std::string written_out_norm(std::string_view to, std::string_view x, int which) {
  return fmt::format(R"(  %{0}_mean = ReduceMean(%{1}, %minus)
  %{0}_d = Sub(%{1}, %{0}_mean)
  %{0}_q = Pow(%{0}_d, %two)
  %{0}_var = ReduceMean(%{0}_q, %minus)
  %{0}_e = Add(%{0}_var, %eps)
  %{0}_root = Sqrt(%{0}_e)
  %{0}_n = Div(%{0}_d, %{0}_root)
  %{0}_g = Mul(%{0}_n, %g{2})
  %{0} = Add(%{0}_g, %b{2})
)",
                     to, x, which);
}

std::string norm(std::string_view to, std::string_view x, int which) {
  return fmt::format("  %{0} = LayerNormalization(%{1}, %g{2}, %b{2}) {{epsilon = 1e-12}}\n", to, x, which);
}

constexpr const char* kWrittenOutGelu = R"(  %act_d = Div(%up, %sqrt2)
  %act_e = Erf(%act_d)
  %act_a = Add(%act_e, %one)
  %act_p = Mul(%up, %act_a)
  %act = Mul(%act_p, %half)
)";

// The additive mask of BERT: (1 - mask) * lowest, [B, 1, 1, S].
constexpr const char* kAdditiveMask = R"(  %mask1 = Unsqueeze(%mask, %axes1)
  %mask2 = Unsqueeze(%mask1, %axes2)
  %mask_f = Cast(%mask2) {to = 1}
  %mask_i = Sub(%one, %mask_f)
  %bias = Mul(%mask_i, %low)
)";

std::string graph(const std::string& body) {
  return fmt::format("graph main(%x: f32[batch, sequence, 8], %mask: i64[batch, sequence]) -> (%y) {{\n{}{}}}", weights(), body);
}

TEST_CASE("pipeline: a BERT layer of the TorchScript exporter is one Attention, six products and two norms") {
  const std::string text = graph(
      kAdditiveMask + sizes("x") + linear("q", "x", "q") + linear("k", "x", "k") + linear("v", "x", "v") +
      split_heads("q4", "q", "[0, 2, 1, 3]") + split_heads("k4", "k", "[0, 2, 3, 1]") + split_heads("v4", "v", "[0, 2, 1, 3]") +
      R"(  %scores = MatMul(%q4, %k4)
  %eight = const f32[] {2}
  %scaled = Div(%scores, %eight)
  %masked = Add(%scaled, %bias)
  %p = Softmax(%masked)
  %ctx = MatMul(%p, %v4)
)" + kMergeHeads +
      linear("o", "merged", "o") + "  %r1 = Add(%o, %x)\n" + written_out_norm("h", "r1", 1) + linear("up", "h", "up") +
      kWrittenOutGelu + linear("down", "act", "down") + "  %r2 = Add(%down, %h)\n" + written_out_norm("y", "r2", 2));
  check_pipeline(text,
                 {{"Attention", 1},
                  {"onnxrun.FusedMatMul", 6},
                  {"LayerNormalization", 2},
                  {"Cast", 1},
                  {"Unsqueeze", 2},  // of the mask
                  {"onnxrun.ElementwiseChain", 1}},
                 {{"x", hidden_tensor()}, {"mask", mask_tensor()}});
}

TEST_CASE("pipeline: the same layer from opset 20 with sdpa, and a guard against rows without keys") {
  const std::string text = graph(sizes("x") + linear("q", "x", "q") + linear("k", "x", "k") + linear("v", "x", "v") +
                                 split_heads("q4", "q", "[0, 2, 1, 3]") + split_heads("k4", "k", "[0, 2, 3, 1]") +
                                 split_heads("v4", "v", "[0, 2, 1, 3]") +
                                 R"(  %mask1 = Unsqueeze(%mask, %axes1)
  %mask2 = Unsqueeze(%mask1, %axes2)
  %keep = Cast(%mask2) {to = 9}
  %zero = const f32[1] {0}
  %infinite = const f32[1] {-inf}
  %bias = Where(%keep, %zero, %infinite)
  %root = const f32[] {0.70710677}
  %qs = Mul(%q4, %root)
  %ks = Mul(%k4, %root)
  %scores = MatMul(%qs, %ks)
  %masked = Add(%scores, %bias)
  %p = Softmax(%masked)
  %nan = IsNaN(%p)
  %guarded = Where(%nan, %zero, %p)
  %ctx = MatMul(%guarded, %v4)
)" + kMergeHeads + linear("o", "merged", "o") +
                                 "  %r1 = Add(%o, %x)\n" + norm("h", "r1", 1) + linear("up", "h", "up") + "  %act = Gelu(%up)\n" +
                                 linear("down", "act", "down") + "  %r2 = Add(%down, %h)\n" + norm("y", "r2", 2));
  check_pipeline(
      text,
      {{"Attention", 1}, {"onnxrun.FusedMatMul", 6}, {"LayerNormalization", 2}, {"Cast", 1}, {"Unsqueeze", 2}, {"Where", 1}},
      {{"x", hidden_tensor()}, {"mask", mask_tensor()}});
}

TEST_CASE("pipeline: DistilBERT scales its queries and fills in its mask") {
  const std::string text = graph(
      sizes("x") + linear("q", "x", "q") + linear("k", "x", "k") + linear("v", "x", "v") +
      split_heads("q4", "q", "[0, 2, 1, 3]") + split_heads("k4", "k", "[0, 2, 3, 1]") + split_heads("v4", "v", "[0, 2, 1, 3]") +
      R"(  %qs = Div(%q4, %two)
  %scores = MatMul(%qs, %k4)
  %none = const i64[] {0}
  %is_pad = Equal(%mask, %none)
  %b1_ = Unsqueeze(%b, %v0)
  %s1_ = Unsqueeze(%s, %v0)
  %mask_shape = Concat(%b1_, %axes1, %axes1, %s1_) {axis = 0}
  %pad4 = Reshape(%is_pad, %mask_shape)
  %scores_shape = Shape(%scores)
  %pads = Expand(%pad4, %scores_shape)
  %masked = Where(%pads, %low, %scores)
  %p = Softmax(%masked)
  %ctx = MatMul(%p, %v4)
)" + kMergeHeads +
      linear("o", "merged", "o") + "  %r1 = Add(%o, %x)\n" + written_out_norm("h", "r1", 1) + linear("up", "h", "up") +
      kWrittenOutGelu + linear("down", "act", "down") + "  %r2 = Add(%down, %h)\n" + written_out_norm("y", "r2", 2));
  check_pipeline(text,
                 {{"Attention", 1},
                  {"onnxrun.FusedMatMul", 6},
                  {"LayerNormalization", 2},
                  {"Equal", 1},
                  {"Where", 1},
                  {"Reshape", 1},
                  {"Shape", 1},
                  {"Gather", 2},
                  {"Unsqueeze", 2},
                  {"Concat", 1}},  // of the mask
                 {{"x", hidden_tensor()}, {"mask", mask_tensor()}});
}

TEST_CASE("pipeline: a ViT layer normalises first, and its sums stay alive beside the norms") {
  const std::string text = fmt::format("graph main(%x: f32[batch, 5, 8]) -> (%y) {{\n{}{}}}", weights(),
                                       norm("n1", "x", 1) + sizes("n1") + linear("q", "n1", "q") + linear("k", "n1", "k") +
                                           linear("v", "n1", "v") + split_heads("q4", "q", "[0, 2, 1, 3]") +
                                           split_heads("k4", "k", "[0, 2, 3, 1]") + split_heads("v4", "v", "[0, 2, 1, 3]") +
                                           R"(  %scores = MatMul(%q4, %k4)
  %scaled = Mul(%scores, %half)
  %p = Softmax(%scaled)
  %p1 = Cast(%p) {to = 1}
  %p2 = Cast(%p1) {to = 1}
  %ctx = MatMul(%p2, %v4)
)" + kMergeHeads + linear("o", "merged", "o") +
                                           "  %r1 = Add(%o, %x)\n" + norm("h", "r1", 2) + linear("up", "h", "up") +
                                           kWrittenOutGelu + linear("down", "act", "down") + "  %y = Add(%down, %r1)\n");
  check_pipeline(text, {{"Attention", 1}, {"onnxrun.FusedMatMul", 6}, {"LayerNormalization", 2}},
                 {{"x", test::random_tensor(DType::kFloat32, {2, 5, 8}, 5)}});
}

}  // namespace
}  // namespace onnxrun
