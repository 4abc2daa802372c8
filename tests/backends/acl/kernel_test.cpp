// What only this backend promises: which kernels serve, how packed weights are shared, that states run side by side.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "engine/backend/registry.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "tests/support/random.h"
#include "tests/support/threads.h"

namespace onnxrun::test {
namespace {

const Backend* acl() {
  for (const Backend* b : registered_backends()) {
    if (b->traits().name == "acl") return b;
  }
  return nullptr;
}

bool has(std::string_view extension) { return acl()->traits().about.find(extension) != std::string::npos; }

NodeId last_node(const Graph& graph) { return graph.topological_order().back(); }

// The kernel of the last node.
std::unique_ptr<Kernel> prepare(const Graph& graph, WeightCache& weights, Math math = Math::kDefault, Parallel parallel = {}) {
  PrepareContext ctx{parallel, weights, math};
  const NodeView node(graph, last_node(graph));
  const Claim claim = acl()->claim(node);
  REQUIRE_MESSAGE(claim.accepted, claim.reason);
  return acl()->prepare(node, ctx);
}

std::string describe(const std::string& text, Math math = Math::kDefault) {
  WeightCache weights;
  return prepare(parse_graph(text), weights, math)->describe();
}

std::string conv(std::string_view x, std::string_view w, std::string_view attrs) {
  return fmt::format(
      "graph main(%x: f32{}@channels_last) -> (%y) {{\n  %w = const f32{} seed(1)\n  %y = Conv(%x, %w) {{{}}}\n}}\n", x, w,
      attrs);
}

}  // namespace

TEST_CASE("acl: a description names the kernels that run") {
  REQUIRE(acl() != nullptr);
  const std::string one = conv("[1, 64, 14, 14]", "[64, 64, 1, 1]", ""),
                    three = conv("[1, 64, 14, 14]", "[64, 64, 3, 3]", "pads = [1, 1, 1, 1]"),
                    deep = conv("[1, 64, 14, 14]", "[64, 1, 3, 3]", "group = 64, pads = [1, 1, 1, 1]"),
                    product =
                        "graph main(%a: f32[64, 96]) -> (%y) {\n  %b = const f32[96, 80] seed(1)\n  %y = MatMul(%a, %b)\n}\n";
  for (const Math math : {Math::kExact, Math::kDefault, Math::kFast}) {
    INFO("math " << static_cast<int>(math));
    const std::string by_one = describe(one, math), by_three = describe(three, math), by_depth = describe(deep, math),
                      by_product = describe(product, math);
    MESSAGE("1x1: " << by_one << "; 3x3: " << by_three << "; depthwise: " << by_depth << "; MatMul: " << by_product);
    CHECK(by_one.find("fp32") != std::string::npos);
    CHECK(by_three.starts_with("winograd: ") == (math != Math::kExact));
    CHECK(by_depth.starts_with("depthwise: "));
    CHECK((by_product.find("bf16") != std::string::npos) == (math == Math::kFast && has(" bf16")));
  }
}

TEST_CASE("acl: plans for other shapes share packed weights") {
  REQUIRE(acl() != nullptr);
  WeightCache weights;
  const Tensor w = random_tensor(DType::kFloat32, {128, 300}, 1);
  std::vector<std::unique_ptr<Kernel>> kernels;
  for (const std::int64_t rows : {7, 64, 77, 128}) {
    Graph g;
    const ValueId in = g.add_input("x", Type::tensor(DType::kFloat32, dims_of({rows, 128})));
    g.add_output("y", build(g, op("MatMul"), {in, g.add_constant(w)}));
    kernels.push_back(prepare(g, weights));
    CHECK(!kernels.back()->reads(1));
  }
  CHECK(weights.entries() == 1);
}

TEST_CASE("acl: states of one kernel run side by side") {
  REQUIRE(acl() != nullptr);
  for (const Math math : {Math::kExact, Math::kDefault, Math::kFast}) {
    for (const std::string& text :
         {conv("[1, 32, 10, 10]", "[48, 32, 3, 3]", "pads = [1, 1, 1, 1]"), conv("[1, 32, 10, 10]", "[48, 32, 1, 1]", ""),
          conv("[1, 32, 10, 10]", "[32, 1, 3, 3]", "group = 32, pads = [1, 1, 1, 1]"),
          conv("[1, 8, 10, 10]", "[48, 8, 3, 3]", "dilations = [2, 2]")}) {
      const Graph graph = parse_graph(text);
      WeightCache weights;
      const auto kernel = prepare(graph, weights, math, several_threads());
      INFO(kernel->describe());
      const Type &in = graph.value(graph.inputs[0]).type, &out = graph.value(graph.outputs[0].value).type;
      constexpr int kStates = 4;
      std::vector<Tensor> x, y, want;
      for (int i = 0; i < kStates; ++i)
        x.push_back(random_tensor(DType::kFloat32, *in.static_shape(), 10 + static_cast<std::uint64_t>(i)));
      const auto run = [&](const Tensor& from, KernelState* state) {
        Tensor to(DType::kFloat32, *out.static_shape()),
            scratch(DType::kUInt8, {static_cast<std::int64_t>(kernel->scratch_bytes()) + 1});
        std::vector<TensorView> inputs{view_of(from), {}}, outputs{view_of(to)};
        kernel->run({inputs, outputs, static_cast<std::byte*>(scratch.data()), state, Parallel()});
        return to;
      };
      for (const Tensor& t : x) want.push_back(run(t, kernel->make_state().get()));
      y.resize(kStates);
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < kStates; ++i) {
        threads.emplace_back([&, i] {
          const auto state = kernel->make_state();
          for (int turn = 0; turn < 5; ++turn) y[i] = run(x[i], state.get());
        });
      }
      for (std::thread& t : threads) t.join();
      for (std::size_t i = 0; i < kStates; ++i) CHECK(std::memcmp(y[i].data(), want[i].data(), want[i].bytes()) == 0);
    }
  }
}

}  // namespace onnxrun::test
