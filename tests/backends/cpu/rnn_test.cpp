#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "engine/backend/registry.h"
#include "engine/ir/text.h"
#include "tests/support/check_backends.h"
#include "tests/support/op_case.h"

namespace onnxrun::test {
namespace {

struct Sizes {
  int steps = 5, batch = 3, inputs = 6, hidden = 9;
};

struct Layer {
  std::string op;  // "LSTM"
  Sizes size = {};
  std::string attrs = {};                  // after `direction` and `layout`
  std::string direction = "forward";
  bool batch_first = false;
  bool constant_weights = true;
  std::vector<int> given = {3, 4, 5, 6, 7};  // which optional inputs, as far as the operator has them
};

int gates_of(const Layer& layer) { return layer.op == "LSTM" ? 4 : layer.op == "GRU" ? 3 : 1; }

// The layer as a graph with inputs x, w, r, b, lengths, h, c and p.
std::string graph_of(const Layer& layer) {
  const auto [t, n, i, h] = layer.size;
  const int d = layer.direction == "bidirectional" ? 2 : 1, g = gates_of(layer) * h;
  const std::string state = layer.batch_first ? fmt::format("{}, {}, {}", n, d, h) : fmt::format("{}, {}, {}", d, n, h);
  const std::string x = layer.batch_first ? fmt::format("{}, {}, {}", n, t, i) : fmt::format("{}, {}, {}", t, n, i);
  const std::string types[] = {fmt::format("f32[{}]", x),
                               fmt::format("f32[{}, {}, {}]", d, g, i),
                               fmt::format("f32[{}, {}, {}]", d, g, h),
                               fmt::format("f32[{}, {}]", d, 2 * g),
                               fmt::format("i32[{}]", n),
                               fmt::format("f32[{}]", state),
                               fmt::format("f32[{}]", state),
                               fmt::format("f32[{}, {}]", d, 3 * h)};
  const std::string names[] = {"x", "w", "r", "b", "lengths", "h", "c", "p"};
  std::string inputs = "%x: " + types[0], constants, args = "%x";
  for (int k = 1; k < (layer.op == "LSTM" ? 8 : 6); ++k) {
    const bool here = k < 3 || std::ranges::find(layer.given, k) != layer.given.end();
    args += here ? ", %" + names[k] : ", _";
    if (!here) continue;
    if (k < 3 && layer.constant_weights) {
      constants += fmt::format("%{} = const {} seed({})\n", names[k], types[k], 10 + k);
    } else {
      inputs += fmt::format(", %{}: {}", names[k], types[k]);
    }
  }
  const bool cell = layer.op == "LSTM";
  return fmt::format("graph({}) -> (%y, %yh{}) {{\n{} %y, %yh{} = {}({}) {{direction = \"{}\", layout = {}{}}} }}", inputs,
                     cell ? ", %yc" : "", constants, cell ? ", %yc" : "", layer.op, args, layer.direction, layer.batch_first ? 1 : 0,
                     layer.attrs.empty() ? "" : ", " + layer.attrs);
}

void check(const Layer& layer, CheckOptions options = {}) {
  CAPTURE(graph_of(layer));
  options.claimed_by = {"cpu", "cuda"};
  if (std::ranges::find(layer.given, 4) != layer.given.end()) options.ranges["lengths"] = {0, layer.size.steps + 1.0};
  check_on_every_backend(graph_of(layer), options);
}

const std::vector<int> kOnlyBias = {3};

TEST_CASE("cpu rnn: every direction and layout, lengths, states, weights constant and not") {
  for (const char* op : {"LSTM", "GRU", "RNN"}) {
    for (const char* direction : {"forward", "reverse", "bidirectional"}) {
      for (const bool batch_first : {false, true}) {
        for (const bool constant : {false, true}) {
          check({.op = op, .direction = direction, .batch_first = batch_first, .constant_weights = constant});
          check({.op = op, .direction = direction, .batch_first = batch_first, .constant_weights = constant, .given = {}});
        }
        for (const int batch : {1, 7, 20}) {
          check({.op = op, .size = {.batch = batch}, .direction = direction, .batch_first = batch_first});
          check({.op = op, .size = {.batch = batch}, .direction = direction, .batch_first = batch_first, .given = kOnlyBias});
        }
      }
    }
  }
}

TEST_CASE("cpu rnn: sizes round vectors, tiles and panels, long sequences, nothing at all") {
  for (const char* op : {"LSTM", "GRU", "RNN"}) {
    // What the activations get are sums of hundreds of products, what they give is less than 1.
    const CheckOptions options = {.tolerance = Tolerance{1e-4, 1e-5}};
    for (const int hidden : {1, 7, 16, 33, 130, 270}) check({.op = op, .size = {.steps = 3, .hidden = hidden}, .given = kOnlyBias}, options);
    for (const int inputs : {1, 40, 300}) check({.op = op, .size = {.inputs = inputs}, .given = kOnlyBias}, options);
    check({.op = op, .size = {.steps = 90, .batch = 2, .hidden = 4}, .direction = "bidirectional"});
    // More gates than are kept at a time.
    check({.op = op, .size = {.steps = 70, .batch = 20, .inputs = 2, .hidden = 70}, .direction = "reverse", .constant_weights = false,
           .given = {}},
          {.ranges = {{"r", {-0.1, 0.1}}}});
    check({.op = op, .size = {.steps = 0}});
    check({.op = op, .size = {.batch = 0}});
    check({.op = op, .size = {.inputs = 0}});
    check({.op = op, .size = {.hidden = 0}});
  }
}

TEST_CASE("cpu rnn: every activation it takes, with parameters, and their defaults") {
  for (const char* f : {"Relu", "Tanh", "Sigmoid", "Softsign", "Softplus", "LeakyRelu", "Elu", "HardSigmoid", "sigmoid"}) {
    for (const char* parameters : {"", ", activation_alpha = [0.3, 0.4, 0.25], activation_beta = [0.2, 0.6, 0.4]"}) {
      const auto names = [&](int count) {
        std::string list;
        for (int i = 0; i < count; ++i) list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", f);
        return fmt::format("activations = [{}]{}", list, parameters);
      };
      check({.op = "RNN", .attrs = names(1)});
      check({.op = "GRU", .attrs = names(2)});
      check({.op = "LSTM", .attrs = names(3)});
    }
  }
  check({.op = "LSTM",
         .attrs = "activations = [\"HardSigmoid\", \"Relu\", \"Softsign\", \"Sigmoid\", \"LeakyRelu\", \"Tanh\"], "
                  "activation_alpha = [0.25, 0.125], activation_beta = [0.4]",
         .direction = "bidirectional"});
}

TEST_CASE("cpu rnn: clip, coupled gates, a GRU that is linear before its reset") {
  for (const char* direction : {"forward", "bidirectional"}) {
    for (const auto& given : {std::vector<int>{3, 4, 5, 6, 7}, std::vector<int>{3, 5, 6}, std::vector<int>{}}) {
      for (const char* op : {"LSTM", "GRU", "RNN"}) check({.op = op, .attrs = "clip = 0.5", .direction = direction, .given = given});
      check({.op = "LSTM", .attrs = "input_forget = 1", .direction = direction, .given = given});
      check({.op = "LSTM", .attrs = "input_forget = 1, clip = 0.25", .direction = direction, .given = given});
      check({.op = "GRU", .attrs = "linear_before_reset = 1", .direction = direction, .given = given});
      check({.op = "GRU", .attrs = "linear_before_reset = 1, clip = 0.5", .direction = direction, .given = given});
    }
  }
}

TEST_CASE("cpu rnn: a NaN comes through, also where it is clipped, and stays in its sequence") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const char* op : {"LSTM", "GRU", "RNN"}) {
    const Layer layer{.op = op, .size = {.steps = 2, .batch = 2, .inputs = 1, .hidden = 2}, .attrs = "clip = 0.5", .given = {}};
    check(layer, {.tensors = {{"x", f32({2, 2, 1}, {nan, 1, 2, 3})}}});
    const Layer relu{.op = op,
                     .size = layer.size,
                     .attrs = "activations = [\"HardSigmoid\", \"Relu\", \"Relu\"]",
                     .given = {}};
    check(relu, {.tensors = {{"x", f32({2, 2, 1}, {nan, 1, 2, 3})}}});
  }
  const auto y = run_op({"RNN", {{"clip", 0.5f}, {"activations", Strings{"Relu"}}}, 2},
                        {f32({1, 2, 1}, {nan, 1}), f32({1, 1, 1}, {1}), f32({1, 1, 1}, {1})});
  CHECK(std::isnan(y[0].view<float>()[0]));
  CHECK(y[0].view<float>()[1] == 0.5f);
}

TEST_CASE("cpu rnn: an infinite candidate of a GRU is mixed in, not subtracted from itself") {
  constexpr float inf = std::numeric_limits<float>::infinity();
  check({.op = "GRU", .size = {.steps = 1, .batch = 1, .inputs = 1, .hidden = 1},
         .attrs = "activations = [\"Sigmoid\", \"LeakyRelu\"]", .given = kOnlyBias},
        {.tensors = {{"b", f32({1, 6}, {0, 0, -inf, 0, 0, 0})}}, .want = {{"y", f32({1, 1, 1, 1}, {-inf})}}});
}

TEST_CASE("cpu rnn: refusals") {
  for (const char* f : {"Affine", "ScaledTanh", "ThresholdedRelu"}) {
    check_on_every_backend(graph_of({.op = "RNN", .attrs = fmt::format("activations = [\"{}\"]", f), .given = {}}),
                           {.refused_by = {{"cpu", f}, {"cuda", f}}});
  }
  check_on_every_backend(
      "graph(%x: f64[2, 1, 3], %w: f64[1, 4, 3], %r: f64[1, 4, 4]) -> (%y) { %y = RNN(%x, %w, %r) }",
      {.refused_by = {{"cpu", "f64"}, {"cuda", "f64"}}});
}

TEST_CASE("cpu rnn: a length outside the sequence is an error") {
  const Graph graph = parse_graph(graph_of({.op = "RNN", .constant_weights = false, .given = {4}}));
  const auto cpu = std::ranges::find(registered_backends(), "cpu", [](const Backend* b) { return b->traits().name; });
  REQUIRE(cpu != registered_backends().end());
  WeightCache weights;
  PrepareContext ctx{Parallel(), weights};
  const auto kernel = (*cpu)->prepare(NodeView(graph, graph.topological_order().front()), ctx);
  for (const int length : {-1, 6}) {
    const Tensor given[] = {ramp({5, 3, 6}), ramp({1, 9, 6}), ramp({1, 9, 9}), Tensor(), i32({3}, {5, length, 5}), Tensor()};
    std::vector<TensorView> in, out(2);
    for (const Tensor& t : given) in.push_back(t ? view_of(t) : TensorView{});
    CHECK_THROWS_WITH_AS(kernel->run({.inputs = in, .outputs = out}), doctest::Contains("sequence_lens[1]"), Error);
  }
}

}  // namespace
}  // namespace onnxrun::test
