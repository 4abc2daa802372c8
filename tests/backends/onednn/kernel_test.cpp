// What only this backend promises: which oneDNN implementation serves, how packed weights are shared, what a run allocates.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/backend/registry.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace onnxrun::test {
namespace {

const Backend* onednn() {
  for (const Backend* b : registered_backends()) {
    if (b->traits().name == "onednn") return b;
  }
  return nullptr;
}

// x86 processors for which oneDNN generates code for everything below.
bool generates_code() {
  const Backend* b = onednn();
  return b != nullptr && b->traits().about.find("avx") != std::string::npos && !b->traits().about.ends_with(", avx");
}

NodeId last_node(const Graph& graph) { return graph.topological_order().back(); }

// The kernel of the last node.
std::unique_ptr<Kernel> prepare(const Graph& graph, WeightCache& weights, Parallel parallel = {}) {
  PrepareContext ctx{parallel, weights, Math::kDefault};
  const NodeView node(graph, last_node(graph));
  const Claim claim = onednn()->claim(node);
  REQUIRE_MESSAGE(claim.accepted, claim.reason);
  return onednn()->prepare(node, ctx);
}

std::string describe(const std::string& text) {
  INFO(text);
  WeightCache weights;
  return prepare(parse_graph(text), weights)->describe();
}

}  // namespace

TEST_CASE("onednn: convolutions never end up in naive code") {
  if (!generates_code()) return;
  for (const std::string_view layout : {"", "@channels_last"}) {
    for (const std::string_view attrs :
         {"activation = \"Gelu\"", "activation = \"GeluTanh\"", "activation = \"Swish\", act_alpha = 1.0",
          "activation = \"HardSwish\"", "activation = \"Clip\", act_beta = 6.0", "activation = \"Elu\", act_alpha = 1.0",
          "activation = \"Tanh\""}) {
      for (const std::string_view w : {"[16, 16, 3, 3]", "[16, 1, 3, 3]", "[16, 4, 3, 3]", "[5, 16, 1, 1]"}) {
        const auto group = w[5] == '1' && w[6] == ',' ? 16 : w[5] == '4' ? 4 : 1;
        const std::string impl = describe(
            fmt::format("graph main(%x: f32[1, 16, 9, 9]{}, %r: f32[1, {}, {}]{}) -> (%y) {{\n  %w = const f32{} seed(1)\n"
                        "  %y = onnxrun.FusedConv(%x, %w, _, %r) {{group = {}, {}}}\n}}\n",
                        layout, w[1] == '5' ? "5" : "16", w[1] == '5' ? "9, 9" : "7, 7", layout, w, group, attrs));
        CHECK_MESSAGE(impl.find("ref") == std::string::npos, impl);
        CHECK_MESSAGE(impl.find("gemm") == std::string::npos, impl);
      }
    }
  }
}

TEST_CASE("onednn: products and poolings never end up in naive code") {
  if (!generates_code()) return;
  constexpr std::string_view kNodes[] = {
      "%b = const f32[40, 70] seed(1) %y = onnxrun.FusedMatMul(%a, %b) {activation = \"Gelu\"}",
      "%b = const f32[70, 40] seed(1) %y = onnxrun.FusedMatMul(%a, %b) {transB = 1, scale = 0.5}",
      "%y = onnxrun.FusedMatMul(%a, %a) {transB = 1, scale = 0.5}",
      "%y = onnxrun.FusedMatMul(%a, %a) {transA = 1}",
      "%v = const f32[2, 1, 40, 6] seed(1) %y = onnxrun.FusedMatMul(%a, %v)",
      "%y = MaxPool(%a) {kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]}",
      "%y = AveragePool(%a) {kernel_shape = [3, 3]}",
      "%y = GlobalAveragePool(%a)"};
  for (const std::string_view node : kNodes) {
    const std::string impl = describe(fmt::format("graph main(%a: f32[2, 12, 20, 40]) -> (%y) {{\n  {}\n}}\n", node));
    CHECK_MESSAGE(impl.find("ref") == std::string::npos, impl);
    CHECK_MESSAGE(impl.find("simple") == std::string::npos, impl);
  }
}

TEST_CASE("onednn: plans for other shapes share packed weights") {
  if (onednn() == nullptr) return;
  WeightCache weights;
  const Tensor w = random_tensor(DType::kFloat32, {128, 300}, 1), k = random_tensor(DType::kFloat32, {32, 16, 3, 3}, 2);
  const auto prepare_with = [&](const Tensor& constant, const Shape& x, const OpDef& def, Layout layout) {
    Graph g;
    const ValueId in = g.add_input("x", Type::tensor(DType::kFloat32, dims_of(x), layout));
    g.add_output("y", build(g, def, {in, g.add_constant(constant)}));
    return prepare(g, weights);
  };
  const OpDef& product = op("FusedMatMul", kInternal);
  prepare_with(w, {7, 128}, product, Layout::kPlain);
  const std::size_t one = weights.entries();
  for (const std::int64_t rows : {1, 2, 29, 64, 77, 128, 1000}) {
    CHECK(prepare_with(w, {rows, 128}, product, Layout::kPlain)->reads(1) == false);
  }
  CHECK(weights.entries() == one);
  prepare_with(k, {1, 16, 20, 20}, op("Conv"), Layout::kChannelsLast);
  for (const std::int64_t size : {10, 19, 28, 33, 47, 56, 64, 80}) {
    prepare_with(k, {1, 16, size, size}, op("Conv"), Layout::kChannelsLast);
  }
  CHECK(weights.entries() <= one + 3);  // convolutions insist on one of a few blockings
}

TEST_CASE("onednn: kernels may be prepared by several threads at once") {
  if (onednn() == nullptr) return;
  const Graph graph = parse_graph(
      "graph main(%x: f32[1, 16, 9, 9]@channels_last) -> (%y) {\n  %w = const f32[16, 16, 3, 3] seed(1)\n"
      "  %y = Conv(%x, %w) {}\n}\n");
  WeightCache weights;
  std::vector<std::unique_ptr<Kernel>> kernels(16);
  several_threads().tasks(16, [&](int i) { kernels[static_cast<std::size_t>(i)] = prepare(graph, weights, several_threads()); });
  for (const auto& k : kernels) CHECK(k->describe() == kernels[0]->describe());
  CHECK(weights.entries() == 1);
}

TEST_CASE("onednn: bf16 is refused where the processor has no bf16 arithmetic") {
  if (onednn() == nullptr) return;
  const Graph graph = parse_graph(
      "graph main(%x: bf16[1, 16, 9, 9]@channels_last) -> (%y) {\n  %w = const bf16[16, 16, 3, 3] fill(0.5)\n"
      "  %y = Conv(%x, %w) {}\n}\n");
  const Claim claim = onednn()->claim(NodeView(graph, last_node(graph)));
  CHECK(claim.accepted == onednn()->traits().fast_in.contains(DType::kBFloat16));
  if (!claim.accepted) CHECK(claim.reason.find("bf16") != std::string::npos);
}

}  // namespace onnxrun::test
