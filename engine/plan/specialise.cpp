// specialise(): concrete shapes -> kernels and memory plan.
#include <algorithm>
#include <cassert>

#include "engine/backend/device_weights.h"
#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/plan/buffers.h"
#include "engine/plan/fold.h"
#include "engine/plan/program.h"
#include "engine/plan/segment.h"

namespace onnxrun {
namespace {

// A copy into the memory in which an output is wanted is left out.
void leave_outputs(const Program& program, Graph& graph, const Memories& memories) {
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const NodeId producer = graph.value(graph.outputs[i].value).producer;
    if (memories.output(i) == nullptr || producer == NodeId::kNone || !is_copy(graph.node(producer))) continue;
    const Node& copy = graph.node(producer);
    if (reads_from(copy, *program.partitions().nodes[index(producer)].backend) == memories.output(i)) graph.outputs[i].value = copy.inputs[0];
  }
  graph.remove_dead();
}

void describe_values(Plan& plan, const Memories& memories) {
  const Graph& g = plan.graph;
  plan.slots.resize(g.value_capacity());
  plan.shapes.resize(g.value_capacity());
  for (std::size_t i = 0; i < g.value_capacity(); ++i) {
    const Value& v = g.value(static_cast<ValueId>(i));
    if (!v.live) continue;
    TensorView& view = plan.slots[i].view;
    view.dtype = v.type.dtype;
    view.layout = v.type.layout;
    if (auto shape = v.type.static_shape()) {
      plan.shapes[i] = std::move(*shape);
      view.shape = plan.shapes[i];
      view.size = element_count(view.shape);
      plan.slots[i].sized = true;
    }
  }
  for (std::size_t i = 0; i < g.inputs.size(); ++i) plan.slots[index(g.inputs[i])].device = memories.input(i);
}

// A copy of an input that was given where the copy would be.
bool is_there(const Plan& plan, NodeId id, const Backend& backend) {
  const Node& n = plan.graph.node(id);
  Device* to = writes_to(n, backend);
  return is_copy(n) && to != nullptr && plan.slots[index(n.inputs[0])].device == to;
}

// A dynamic node goes to the reference kernel, unless its backend's works out the shape too.
const Backend& backend_for(const Program& program, const Node& node, NodeId id, bool dynamic) {
  const Backend* assigned = program.partitions().nodes[index(id)].backend;
  if (!dynamic || assigned->traits().name == "reference" || assigned->traits().sizes_outputs.contains(op_full_name(*node.op))) return *assigned;
  for (const Backend* b : registered_backends()) {
    if (b->traits().name == "reference") return *b;
  }
  return *assigned;
}

void prepare_step(const Program& program, const Plan& plan, Step& step, bool dynamic) {
  const NodeView node(plan.graph, step.node, program.context().math);
  require(ErrorCode::kUnsupported, !dynamic || step.writes == nullptr, "{}: the size of its output depends on data, which backend {} did not expect",
          node_label(plan.graph, step.node), step.assignment->backend->traits().name);
  PrepareContext ctx{program.context().parallel, *plan.context->weights, program.context().math};
  step.kernel = with_context([&] { return "while preparing " + node_label(plan.graph, step.node); },
                             [&] { return backend_for(program, node.node(), step.node, dynamic).prepare(node, ctx); });
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    if (!step.kernel->reads(static_cast<int>(i))) step.inputs[i] = ValueId::kNone;
  }
  const auto& subpartitions = program.partitions().subgraphs[index(step.node)];
  for (std::size_t i = 0; i < node.node().subgraphs.size(); ++i) {
    auto part = std::shared_ptr<const Partitions>(program.shared_partitions(), &subpartitions[i]);
    step.subprograms.push_back(std::make_unique<Program>(*node.node().subgraphs[i].graph, std::move(part), plan.context));
  }
}

// Steps for the nodes that need a kernel; the views are returned.
std::vector<NodeId> make_steps(const Program& program, Plan& plan, const Segment& segment) {
  std::vector<NodeId> views;
  std::vector<char> dynamic;
  for (std::size_t i = 0; i < segment.nodes.size(); ++i) {
    const NodeId id = segment.nodes[i];
    const Assignment& assignment = program.partitions().nodes[index(id)];
    if (is_view(plan.graph, id) || is_there(plan, id, *assignment.backend)) {
      views.push_back(id);
      continue;
    }
    Step step;
    step.node = id;
    step.assignment = &assignment;
    step.reads = reads_from(plan.graph.node(id), *assignment.backend);
    step.writes = writes_to(plan.graph.node(id), *assignment.backend);
    step.inputs = plan.graph.node(id).inputs;
    for (const ValueId out : plan.graph.node(id).outputs) {
      step.outputs.push_back(out != ValueId::kNone && plan.graph.use_count(out) == 0 && plan.graph.node(id).outputs.size() > 1 &&
                                     plan.graph.value(out).type.dtype == DType::kUndefined
                                 ? ValueId::kNone
                                 : out);
    }
    plan.steps.push_back(std::move(step));
    dynamic.push_back(segment.dynamic[i]);
  }
  program.context().builders.tasks(static_cast<int>(plan.steps.size()), [&](int i) {
    const auto s = static_cast<std::size_t>(i);
    prepare_step(program, plan, plan.steps[s], dynamic[s] != 0);
  });
  return views;
}

void link_outputs(Plan& plan) {
  int from_rest = 0;
  for (const Graph::Output& o : plan.graph.outputs) {
    const bool later = plan.rest && std::ranges::any_of(plan.rest->graph().outputs, [&](const Graph::Output& r) { return r.name == o.name; });
    Plan::Output out;
    if (later) {
      out.rest = from_rest++;
    } else {
      out.value = o.value;
    }
    plan.outputs.push_back(out);
  }
}

// Constants that a device's kernels read are copied there, once for all plans and sessions that hold them.
void upload_constants(Plan& plan) {
  for (Step& step : plan.steps) {
    if (step.reads == nullptr) continue;
    step.uploaded.resize(step.inputs.size());
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i] == ValueId::kNone) continue;
      const Slot& slot = plan.slots[index(step.inputs[i])];
      assert(slot.place == Place::kConstant || slot.device == step.reads);
      if (slot.place != Place::kConstant) continue;
      const TensorView& view = slot.view;
      const std::size_t bytes = dtype_bytes(view.dtype, view.size);
      const Tensor constant = Tensor::borrow(view.dtype, Shape(view.shape.begin(), view.shape.end()), static_cast<const void*>(view.data));
      // Constants that are views of one another share an address.
      step.uploaded[i] = device_weights(*plan.context->weights, constant)->on(*step.reads, fmt::format("{} bytes", bytes), bytes, [&] {
        return std::shared_ptr<const void>(std::shared_ptr<void>(), view.data);
      });
    }
  }
}

}  // namespace

std::shared_ptr<const Plan> specialise(const Program& program, std::span<const TensorView> inputs, const Memories& memories) {
  auto plan = std::make_shared<Plan>();
  auto context = std::make_shared<ProgramContext>(program.context());
  context->weights = std::make_shared<WeightCache>(program.context().weights);
  plan->context = std::move(context);
  plan->graph = program.graph();
  std::vector<bool> as_constant;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    as_constant.push_back(keyed_by_contents(program, i, inputs[i], memories.input(i)));
  }
  leave_outputs(program, plan->graph, memories);
  bind_shapes(plan->graph, inputs, as_constant);

  const Segment segment = cut(plan->graph);
  if (!segment.deferred.empty()) {
    plan->rest = std::make_unique<Program>(rest_of(plan->graph, segment), program.shared_partitions(), plan->context);
    plan->rest_inputs = segment.carried;
  }
  describe_values(*plan, memories);
  const std::vector<NodeId> views = make_steps(program, *plan, segment);
  link_outputs(*plan);
  place_values(*plan, views, memories);
  for (const ValueId v : plan->rest_inputs) plan->rest_devices.push_back(plan->slots[index(v)].device);
  upload_constants(*plan);
  if (program.context().replay) plan->stretches = find_stretches(*plan);
  return plan;
}

}  // namespace onnxrun
