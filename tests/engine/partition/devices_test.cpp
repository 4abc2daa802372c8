// Which nodes go to a device, and what crosses the border.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"
#include "engine/ir/text.h"
#include "engine/partition/partition.h"
#include "onnxrun/error.h"
#include "tests/support/fake_device.h"

namespace onnxrun::test {
namespace {

struct Split {
  Graph graph;
  Partitions partitions;

  Split(std::string_view text, const std::vector<const Backend*>& backends, Share share = Share::kByCosts) : graph(parse_graph(text)) {
    infer_graph(graph);
    partitions = partition(graph, backends, share);
  }
  // Operators on the device, in order: "MatMul Relu"; copies are "<" (in) and ">" (out).
  std::string on_device() const {
    std::string all;
    for (const NodeId id : graph.topological_order()) {
      if (device_of(*partitions.nodes[index(id)].backend) == nullptr) continue;
      const Node& n = graph.node(id);
      all += (all.empty() ? "" : " ") + (!is_copy(n) ? op_full_name(*n.op) : is_copy_to_device(n) ? "<" : ">");
    }
    return all;
  }
  // Why the device doesn't run the first node of this operator.
  std::string refusal(std::string_view op) const {
    for (const NodeId id : graph.topological_order()) {
      if (op_full_name(*graph.node(id).op) != op) continue;
      for (const auto& r : partitions.nodes[index(id)].refusals) {
        if (device_of(*r.backend) != nullptr) return r.reason;
      }
    }
    return {};
  }
};

constexpr const char* kProducts = R"(graph g(%x: f32[256, 1024]) -> (%y) {
  %w = const f32[1024, 1024] seed(1)
  %r = Relu(%x)
  %m = MatMul(%r, %w)
  %y = Relu(%m)
})";

TEST_CASE("devices: work that outweighs its copies goes to the device, its neighbours with it") {
  const FakeBackend fake({"MatMul", "Relu"});
  CHECK(Split(kProducts, fake.before_host()).on_device() == "< Relu MatMul Relu >");
}

TEST_CASE("devices: work that doesn't stays, with the reason") {
  const FakeBackend slow({"MatMul", "Relu"}, {.copy_us = 5000});
  const Split split(kProducts, slow.before_host());
  CHECK(split.on_device().empty());
  CHECK(split.refusal("MatMul").find("copies of") != std::string::npos);
  const FakeBackend fake({"Add"});
  CHECK(Split("graph g(%x: f32[16], %z: f32[16]) -> (%y) { %y = Add(%x, %z) }", fake.before_host()).on_device().empty());
}

TEST_CASE("devices: a value crosses once in each direction, whoever reads it") {
  const FakeBackend fake({"MatMul"});
  const Split split(R"(graph g(%x: f32[256, 1024]) -> (%s, %t, %b, %a) {
  %w1 = const f32[1024, 1024] seed(1)
  %w2 = const f32[1024, 1024] seed(2)
  %a = MatMul(%x, %w1)
  %b = MatMul(%x, %w2)
  %s = Sin(%a)
  %t = Cos(%a)
})",
                    fake.before_host());
  CHECK(split.on_device() == "< MatMul MatMul > >");
  for (const Graph::Output& o : split.graph.outputs) {
    const NodeId maker = split.graph.value(o.value).producer;
    CHECK(writes_to(split.graph.node(maker), *split.partitions.nodes[index(maker)].backend) == nullptr);
  }
}

TEST_CASE("devices: a small node between two large ones goes with them, one between two of the host stays") {
  const FakeBackend fake({"MatMul", "Relu"});
  const Split split(R"(graph g(%x: f32[256, 1024]) -> (%y, %z) {
  %w = const f32[1024, 1024] seed(1)
  %m = MatMul(%x, %w)
  %r = Relu(%m)
  %y = MatMul(%r, %w)
  %s = Sin(%x)
  %q = Relu(%s)
  %z = Cos(%q)
})",
                    fake.before_host());
  CHECK(split.on_device() == "< MatMul Relu MatMul >");
}

TEST_CASE("devices: by order, the first that takes a node has it") {
  const FakeBackend fake({"Add"});
  constexpr const char* kAdd = "graph g(%x: f32[16], %z: f32[16]) -> (%y) { %y = Add(%x, %z) }";
  CHECK(Split(kAdd, fake.before_host(), Share::kByOrder).on_device() == "< < Add >");
  std::vector<const Backend*> last = fake.before_host();
  std::ranges::rotate(last, last.begin() + 1);
  CHECK(Split(kAdd, last, Share::kByOrder).on_device().empty());
}

TEST_CASE("devices: sizes are worked out on the host and cross nowhere") {
  const FakeBackend fake({"MatMul", "Reshape", "Shape", "Gather", "Unsqueeze", "Concat"});
  const Split split(R"(graph g(%x: f32[N, 1024, 1024]) -> (%y) {
  %w = const f32[1024, 1024] seed(1)
  %m = MatMul(%x, %w)
  %s = Shape(%x)
  %zero = const i64[] {0}
  %n = Gather(%s, %zero)
  %axes = const i64[1] {0}
  %n1 = Unsqueeze(%n, %axes)
  %rest = const i64[2] {-1, 1024}
  %shape = Concat(%n1, %rest) {axis = 0}
  %v = Reshape(%m, %shape)
  %y = MatMul(%v, %w)
})",
                    fake.before_host());
  CHECK(split.on_device() == "< MatMul Reshape MatMul >");
  CHECK(split.refusal("Concat") == "its result follows from sizes");
}

TEST_CASE("devices: what only data can size stays on the host") {
  const FakeBackend fake({"Slice"});
  const Split split("graph g(%x: f32[64], %from: i64[1], %to: i64[1]) -> (%y) { %y = Slice(%x, %from, %to) }", fake.before_reference());
  CHECK(split.on_device().empty());
  CHECK(split.refusal("Slice") == "the size of its result depends on data");
}

TEST_CASE("devices: copies that a graph brings along are drawn anew") {
  constexpr const char* kCopied = R"(graph g(%x: f32[4]) -> (%y) {
  %c = onnxrun.Copy(%x) {to = "fake:0"}
  %r = Relu(%c)
  %y = onnxrun.Copy(%r) {to = "cpu"}
})";
  const FakeBackend fake({"Relu"});
  CHECK(Split(kCopied, fake.before_reference(), Share::kByOrder).on_device() == "< Relu >");
  std::vector<const Backend*> host = fake.before_reference();
  host.erase(host.begin());
  CHECK(Split(kCopied, host).graph.live_nodes() == 1);
}

TEST_CASE("devices: nobody's nodes are told with the device's reason") {
  const FakeBackend fake({"Relu"});
  Graph graph = parse_graph("graph g(%x: f32[4]) -> (%y) { %y = Sin(%x) }");
  infer_graph(graph);
  const std::vector<const Backend*> alone = {&fake};
  CHECK_THROWS_WITH_AS(partition(graph, alone), doctest::Contains("fake says: no kernel for Sin"), Error);
}

}  // namespace
}  // namespace onnxrun::test
