#include <doctest/doctest.h>

#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "engine/ir/upgrade.h"
#include "engine/ir/verify.h"
#include "onnxrun/error.h"
#include "tests/support/check_backends.h"
#include "tests/support/check_pass.h"
#include "tests/support/compare.h"
#include "tests/support/op_text.h"
#include "tests/support/reference_run.h"

namespace onnxrun::test {
namespace {

// Running sums of x along an axis, and the elements doubled.
std::string sums(std::string_view x, std::string_view s, std::string_view attributes) {
  return "graph(%s0: " + std::string(s) + ", %x: " + std::string(x) + ") -> (%last, %sums, %doubled) { %last, %sums, %doubled = Scan(%s0, %x) {num_scan_inputs = 1" +
         std::string(attributes) + "} body { graph(%s, %e) -> (%t, %t as \"u\", %d) { %t = Add(%s, %e)  %d = Add(%e, %e) } } }";
}

TEST_CASE("scan: sums along the first axis") {
  const std::string text = sums("f32[3, 2]", "f32[2]", "");
  CHECK(verified_types(text) == "f32[2], f32[3, 2], f32[3, 2]");
  check_on_every_backend(text, {.tensors = {{"s0", Tensor::of<float>({2}, {0, 10})}, {"x", Tensor::of<float>({3, 2}, {1, 2, 3, 4, 5, 6})}},
                                .claimed_by = {"reference"},
                                .want = {{"last", Tensor::of<float>({2}, {9, 22})}, {"sums", Tensor::of<float>({3, 2}, {1, 12, 4, 16, 9, 22})},
                                         {"doubled", Tensor::of<float>({3, 2}, {2, 4, 6, 8, 10, 12})}}});
}

TEST_CASE("scan: axes and directions of inputs and outputs") {
  const Tensor s0 = Tensor::of<float>({2}, {0, 0}), x = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  check_on_every_backend(sums("f32[2, 3]", "f32[2]", ", scan_input_axes = [1], scan_output_axes = [0, -1]"),
                         {.tensors = {{"s0", s0}, {"x", x}},
                          .want = {{"last", Tensor::of<float>({2}, {6, 15})}, {"sums", Tensor::of<float>({3, 2}, {1, 4, 3, 9, 6, 15})},
                                   {"doubled", Tensor::of<float>({2, 3}, {2, 4, 6, 8, 10, 12})}}});
  check_on_every_backend(sums("f32[2, 3]", "f32[2]", ", scan_input_axes = [-1], scan_input_directions = [1], scan_output_directions = [0, 1]"),
                         {.tensors = {{"s0", s0}, {"x", x}},
                          .want = {{"last", Tensor::of<float>({2}, {6, 15})}, {"sums", Tensor::of<float>({3, 2}, {3, 6, 5, 11, 6, 15})},
                                   {"doubled", Tensor::of<float>({3, 2}, {2, 8, 4, 10, 6, 12})}}});
}

TEST_CASE("scan: several inputs, captures, no state, other element types") {
  const std::string text = R"(graph(%x: i64[3, 2], %y: i64[2, 3], %z: i64[2], %names: str[3]) -> (%r, %n) {
    %r, %n = Scan(%x, %y, %names | %z) {num_scan_inputs = 3, scan_input_axes = [0, 1, 0]} body { graph(%a, %b, %name, %z) -> (%q, %name) {
      %p = Add(%a, %b)  %q = Add(%p, %z)
    } }
  })";
  CHECK(verified_types(text) == "i64[3, 2], str[3]");
  check_on_every_backend(text, {.tensors = {{"x", Tensor::of<std::int64_t>({3, 2}, {1, 2, 3, 4, 5, 6})}, {"y", Tensor::of<std::int64_t>({2, 3}, {1, 1, 1, 2, 2, 2})},
                                            {"z", Tensor::of<std::int64_t>({2}, {100, 200})}, {"names", Tensor::of<std::string>({3}, {"a", "b", "c"})}},
                                .want = {{"r", Tensor::of<std::int64_t>({3, 2}, {102, 204, 104, 206, 106, 208})}, {"n", Tensor::of<std::string>({3}, {"a", "b", "c"})}}});
}

TEST_CASE("scan: elements smaller than a byte, whose rows begin inside one") {
  const auto y = results_of(R"(graph() -> (%y, %want) { %x = const i4[3, 3] {1, 2, 3, 4, 5, 6, 7, -8, -1}
    %y = Scan(%x) {num_scan_inputs = 1, scan_input_directions = [1]} body { graph(%a) -> (%b) { %b = Identity(%a) } }
    %want = const i4[3, 3] {7, -8, -1, 4, 5, 6, 1, 2, 3} })");
  CHECK(difference(y[0], y[1]) == "");
}

TEST_CASE("scan: an empty sequence leaves the state alone") {
  check_on_every_backend(sums("f32[0, 2]", "f32[2]", ""), {.tensors = {{"s0", Tensor::of<float>({2}, {3, 4})}},
                                                            .want = {{"last", Tensor::of<float>({2}, {3, 4})}, {"sums", Tensor::of<float>({0, 2}, {})}}});
}

TEST_CASE("scan: symbolic lengths reach the outputs") {
  CHECK(verified_types(sums("f32[T, B]", "f32[B]", "")) == "f32[B], f32[T, B], f32[T, B]");
  CHECK(verified_types(sums("f32[B, T]", "f32[B]", ", scan_input_axes = [1], scan_output_axes = [1, 0]")) ==
        "f32[B], f32[B, T], f32[T, B]");
  CHECK(verified_types(sums("f32[...]", "f32[B]", "")) == "f32[...], f32[...], f32[...]");
}

TEST_CASE("scan: version 8 scans every example of a batch") {
  Graph g = parse_graph("graph(%s0: f32[2, 1], %x: f32[2, 3, 1]) -> () {}");
  const OpDef& scan = op("Scan");
  const NodeId id = g.add_node(scan, {ValueId::kNone, g.inputs[0], g.inputs[1]}, {{"num_scan_inputs", std::int64_t{1}}, {"directions", Ints{1}}}, 2, "scan");
  g.node(id).subgraphs.emplace_back("body", parse_graph("graph(%s, %e) -> (%t, %t as \"u\") { %t = Add(%s, %e) }"));
  for (int i = 0; i < 2; ++i) g.add_output(i == 0 ? "last" : "sums", g.node(id).outputs[static_cast<std::size_t>(i)]);
  UpgradeContext ctx(g, id, 8);
  scan.upgrade(ctx);
  g.remove_dead();
  verify(g);
  CHECK(g.value(g.outputs[0].value).type.str() == "f32[2, 1]");
  CHECK(g.value(g.outputs[1].value).type.str() == "f32[2, 3, 1]");
  const Tensor inputs[] = {Tensor::of<float>({2, 1}, {0, 100}), Tensor::of<float>({2, 3, 1}, {1, 2, 3, 4, 5, 6})};
  const std::vector<Tensor> out = run_graph_reference(g, inputs);
  CHECK(difference(out[0], Tensor::of<float>({2, 1}, {6, 115})).empty());
  CHECK(difference(out[1], Tensor::of<float>({2, 3, 1}, {3, 5, 6, 106, 111, 115})).empty());
}

TEST_CASE("scan: version 8 with lengths scans so much of each example, and fills its outputs up with zeros") {
  Graph g = parse_graph("graph(%n: i64[2], %s0: f32[2, 1], %x: f32[2, 3, 1], %w: f32[1]) -> () {}");
  const OpDef& scan = op("Scan");
  const NodeId id = g.add_node(scan, g.inputs, {{"num_scan_inputs", std::int64_t{1}}}, 2, "scan");
  g.node(id).captures = 1;
  g.node(id).subgraphs.emplace_back("body", parse_graph("graph(%s, %e, %w) -> (%t, %u) { %t = Add(%s, %e)  %u = Add(%t, %w) }"));
  for (int i = 0; i < 2; ++i) g.add_output(i == 0 ? "last" : "sums", g.node(id).outputs[static_cast<std::size_t>(i)]);
  UpgradeContext ctx(g, id, 8);
  scan.upgrade(ctx);
  g.remove_dead();
  verify(g);
  const Tensor inputs[] = {Tensor::of<std::int64_t>({2}, {2, 3}), Tensor::of<float>({2, 1}, {0, 100}), Tensor::of<float>({2, 3, 1}, {1, 2, 3, 4, 5, 6}),
                           Tensor::of<float>({1}, {0.5f})};
  const std::vector<Tensor> out = run_graph_reference(g, inputs);
  CHECK(difference(out[0], Tensor::of<float>({2, 1}, {3, 115})).empty());
  CHECK(difference(out[1], Tensor::of<float>({2, 3, 1}, {1.5f, 3.5f, 0, 104.5f, 109.5f, 115.5f})).empty());
}

TEST_CASE("scan: what is wrong is named") {
  const auto error = [](const std::string& text) -> std::string {
    try {
      parse_graph(text);
    } catch (const Error& e) {
      return std::string(e.what()).substr(std::string_view(e.what()).find("Scan"));
    }
    return "no error";
  };
  CHECK(error(sums("f32[3, 2]", "f32[2]", ", scan_input_axes = [2]")) == "Scan node making last: axis 2 is out of range for rank 2");
  CHECK(error(sums("f32[3, 2]", "f32[2]", ", scan_input_axes = [0, 0]")) == "Scan node making last: scan_input_axes has 2 entries, want 1");
  CHECK(error("graph(%x: f32[3], %y: f32[4]) -> (%z) { %z = Scan(%x, %y) {num_scan_inputs = 2} body { graph(%a, %b) -> (%a) {} } }") ==
        "Scan node making z: the scanned inputs have 3 and 4 entries");
  CHECK(error("graph(%x: f32[3]) -> (%z) { %z = Scan(%x) {num_scan_inputs = 2} body { graph(%a) -> (%a) {} } }") ==
        "Scan node making z: num_scan_inputs is 2, with 1 inputs");
  CHECK(error("graph(%x: f32[3]) -> (%z) { %z = Scan(%x) body { graph(%a) -> (%a) {} } }") == "Scan node making z: attribute num_scan_inputs is missing");
}

}  // namespace
}  // namespace onnxrun::test
