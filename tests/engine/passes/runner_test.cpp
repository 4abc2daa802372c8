#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "engine/passes/match.h"
#include "engine/passes/pipeline.h"

namespace onnxrun {
namespace {

std::string message_of(auto&& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

bool nothing(Graph&, const PassContext&) { return false; }
bool drop_relu(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Relu")) continue;
    graph.replace_uses(output(graph, id), input(graph, id, 0));
    changed = true;
  }
  return changed;
}
bool refuse(Graph&, const PassContext&) { fail(ErrorCode::kUnsupported, "not today"); }
bool break_types(Graph& graph, const PassContext&) {
  graph.value(graph.outputs[0].value).type.dtype = DType::kInt8;
  return true;
}

constexpr const char* kText = "graph main(%x: f32[2]) -> (%y) {\n %a = Relu(%x)\n %y = Exp(%a)\n}";
constexpr Pass kPasses[] = {{"nothing", nothing, ""}, {"drop_relu", drop_relu, ""}, {"nothing", nothing, ""}, {"refuse", refuse, ""}};

TEST_CASE("runner: an unknown pass is an error that lists the known ones") {
  Graph graph;
  const auto run = [&](PipelineOptions options) { return message_of([&] { optimize(graph, {}, options, kPasses); }); };
  const std::string list = "; the passes are: nothing, drop_relu, refuse";
  CHECK(run({.disabled = {"fuse_everything"}}) == "there is no pass 'fuse_everything'" + list);
  CHECK(run({.stop_after = "nowhere"}) == "there is no pass 'nowhere'" + list);
}

TEST_CASE("runner: passes run in order up to the one named; disabled ones don't") {
  Graph graph = parse_graph(kText);
  auto reports = optimize(graph, {}, {.stop_after = "nothing"}, kPasses);
  REQUIRE(reports.size() == 3);
  CHECK(reports[1].name == "drop_relu");
  CHECK(reports[1].changed);
  CHECK(!reports[0].changed);
  CHECK(reports[0].nodes_after == 2);
  CHECK(reports[1].nodes_after == 1);
  CHECK(graph.node_capacity() == 1);

  graph = parse_graph(kText);
  reports = optimize(graph, {}, {.disabled = {"drop_relu", "refuse"}}, kPasses);
  CHECK(reports[1].disabled);
  CHECK(graph.live_nodes() == 2);
}

TEST_CASE("runner: errors name the pass, and the graph is written where ONNXRUN_DUMP says") {
  const auto folder = std::filesystem::temp_directory_path() / ("onnxrun_runner_test_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  ::setenv("ONNXRUN_DUMP", folder.c_str(), 1);
  Graph graph = parse_graph(kText);
  CHECK(message_of([&] { optimize(graph, {}, {}, kPasses); }) == "while running pass refuse: not today");
  CHECK(std::filesystem::file_size(folder / "refuse.txt") > 0);
  ::unsetenv("ONNXRUN_DUMP");
  std::filesystem::remove_all(folder);

  constexpr Pass kBroken[] = {{"break_types", break_types, ""}};
  CHECK(message_of([&] { optimize(graph, {}, {}, kBroken); }).starts_with("while running pass break_types: "));
}

TEST_CASE("runner: subgraphs are passed over, too") {
  Graph graph = parse_graph(R"(graph main(%x: f32[2], %c: bool[]) -> (%y) {
  %y = If(%c | %x) then_branch {
    graph t(%a: f32[2]) -> (%r) {
      %r = Relu(%a)
    }
  } else_branch {
    graph e(%a: f32[2]) -> (%r) {
      %r = Exp(%a)
    }
  }
})");
  const auto reports = optimize(graph, {}, {.stop_after = "drop_relu"}, kPasses);
  CHECK(reports[1].changed);
  CHECK(reports[0].nodes_after == 3);
  CHECK(reports[1].nodes_after == 2);
}

}  // namespace
}  // namespace onnxrun
