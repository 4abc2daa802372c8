// One tensor on its way through every stage: the newcomer's first read. Each step shows the graph's text as it is by then.
#include <doctest/doctest.h>

#include "engine/backend/registry.h"
#include "engine/base/thread_pool.h"
#include "engine/import/import.h"
#include "engine/ir/text.h"
#include "engine/partition/partition.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/program.h"
#include "engine/run/executor.h"
#include "tests/support/temp_model.h"

using namespace onnxrun;

TEST_CASE("walkthrough: from a file to its output") {
  // A model file: a 1x1 convolution that adds up two channels and subtracts 1, then Relu.
  const test::TempModel file(R"(
graph sums(%x: f32[N, 2, 1, 2]) -> (%y) {
  %w = const f32[1, 2, 1, 1] {1, 1}
  %b = const f32[1] {-1}
  %c = Conv(%x, %w, %b) "conv"
  %y = Relu(%c) "relu"
})");

  // 1. Import: protobuf -> Graph. Every operator is in its newest form; N stays a symbol.
  Graph graph = import_onnx(file.path()).graph;
  CHECK(graph.live_nodes() == 2);
  CHECK(graph.value(graph.outputs[0].value).type.str() == "f32[N, 1, 1, 2]");

  // 2. Optimise: the pipeline folds and fuses; here the activation goes into the convolution.
  const std::vector<const Backend*> backends = select_backends(std::vector<std::string>{"reference"});
  std::vector<BackendTraits> traits;
  for (const Backend* b : backends) traits.push_back(b->traits());
  const std::vector<PassReport> passes = optimize(graph, {traits, Math::kExact});
  CHECK(passes.size() == pipeline().size());
  CHECK(graph.live_nodes() == 1);
  CHECK(print_graph(graph).find("onnxrun.FusedConv(%x, %w, %b) {activation = \"Relu\"") != std::string::npos);

  // 3. Partition: every backend is asked; the cheapest yes gets the node.
  auto partitions = std::make_shared<const Partitions>(partition(graph, backends));
  const NodeId conv = graph.topological_order().front();
  CHECK(partitions->nodes[index(conv)].backend->traits().name == "reference");

  // 4. Prepare: graph and assignment become a Program, which holds packed weights and plans.
  auto context = std::make_shared<ProgramContext>();
  context->parallel = Parallel(&ThreadPool::process(), 1);
  const Program program(std::move(graph), partitions, context);
  CHECK(program.plans() == 0);

  // 5. Specialise: with N = 1 there are kernels, and a place for every value. The output is made in the caller's memory.
  const Tensor x = Tensor::of<float>({1, 2, 1, 2}, {1, 2, 3, -4});
  const std::vector<TensorView> inputs = {view_of(x)};
  const auto plan = program.plan_for(inputs);
  REQUIRE(plan->steps.size() == 1);
  CHECK(plan->slots[index(plan->steps[0].inputs[0])].place == Place::kInput);
  CHECK(plan->slots[index(plan->steps[0].inputs[1])].place == Place::kConstant);
  CHECK(plan->slots[index(plan->steps[0].outputs[0])].place == Place::kOutput);
  CHECK(program.plan_for(inputs) == plan);  // the same shapes, the same plan

  // 6. Run: addresses are bound, kernels run.
  MemoryBudget budget(0);
  ArenaPool arenas(budget);
  std::vector<Tensor> outputs(1);
  execute(program, inputs, outputs, {arenas, budget, context->parallel});
  CHECK(outputs[0].shape() == Shape{1, 1, 1, 2});
  CHECK(outputs[0].view<float>()[0] == 3);  // 1 + 3 - 1
  CHECK(outputs[0].view<float>()[1] == 0);  // Relu(2 - 4 - 1)
}
