#include "engine/explain.h"

#include <algorithm>

#include "engine/backend/registry.h"
#include "engine/ir/accepted_types.h"
#include "engine/ir/infer.h"

namespace onnxrun {
namespace {

NodeExplanation explain_node(const Graph& graph, NodeId id, const Assignment& assignment) {
  const Node& n = graph.node(id);
  NodeExplanation out;
  out.name = n.name;
  out.op = op_full_name(*n.op);
  for (const ValueId v : n.outputs) {
    if (v != ValueId::kNone) out.outputs.push_back(graph.value(v).type.str());
  }
  out.backend = assignment.backend->traits().name;
  out.note = assignment.note;
  for (const auto& refusal : assignment.refusals) out.refusals.push_back({refusal.backend->traits().name, refusal.reason});
  return out;
}

void add_node(Explanation& e, const Graph& graph, NodeId id, const Assignment& assignment) {
  e.nodes.push_back(explain_node(graph, id, assignment));
  const Node& n = graph.node(id);
  if (!is_copy(n)) return;
  const Type& type = graph.value(n.outputs[0]).type;
  ++e.copies;
  if (const auto shape = type.static_shape()) e.copied_bytes += dtype_bytes(type.dtype, element_count(*shape));
}

void explain_program(const Program& program, Explanation& e);

void explain_plan(const Plan& plan, Explanation& e) {
  for (const Step& step : plan.steps) {
    add_node(e, plan.graph, step.node, *step.assignment);
    e.nodes.back().kernel = step.kernel->describe();
    for (const auto& sub : step.subprograms) explain_program(*sub, e);
  }
  for (const Stretch& stretch : plan.stretches) e.replay.steps += static_cast<int>(stretch.end - stretch.first);
  e.replay.stretches += static_cast<int>(plan.stretches.size());
  e.replay.recordings += plan.replayed.recordings;
  e.replay.replays += plan.replayed.replays;
  if (e.replay.why_not.empty()) e.replay.why_not = plan.replayed.why_not();
  if (plan.rest) explain_program(*plan.rest, e);
}

void explain_program(const Program& program, Explanation& e) {
  if (const auto plan = program.latest()) return explain_plan(*plan, e);
  for (const NodeId id : program.graph().topological_order()) {
    add_node(e, program.graph(), id, program.partitions().nodes[index(id)]);
  }
}

}  // namespace

Explanation explain_model(const Model& model) {
  Explanation e;
  e.math = math_name(model.context->math);
  e.threads = model.threads;
  e.load_milliseconds = model.load_milliseconds;
  for (const Backend* b : model.backends) e.backends.push_back(b->traits().name);
  for (const PassReport& p : model.passes) e.passes.push_back({p.name, p.changed, p.disabled, p.milliseconds, p.nodes_after});
  explain_program(*model.program, e);
  return e;
}

void add_times(Explanation& explanation, const Profile& profile) {
  for (const ProfileEvent& event : profile.events) {
    for (NodeExplanation& node : explanation.nodes) {
      if (node.name != event.name || node.op != event.op || node.kernel != event.kernel) continue;
      ++node.runs;
      node.milliseconds += event.duration_us / 1000;
      break;
    }
  }
}

std::vector<BackendInfo> list_backends() {
  std::vector<BackendInfo> out;
  std::vector<const Backend*> present = requested_backends();
  present.insert(present.begin(), registered_backends().begin(), registered_backends().end());
  for (const Backend* b : present) {
    BackendInfo info{b->traits().name, b->traits().device, b->traits().about, true, {}, {}};
    if (const auto* table = dynamic_cast<const TableBackend*>(b)) {
      for (const KernelEntry& entry : table->table()) {
        const std::string name(entry.op);
        if (std::ranges::find(info.operators, name) == info.operators.end()) info.operators.push_back(name);
      }
    } else {
      info.operators = {"*"};
    }
    out.push_back(std::move(info));
  }
  for (const AbsentBackend& a : absent_backends()) out.push_back({a.name, "", "", false, a.reason, {}});
  return out;
}

std::vector<OperatorInfo> list_operators(bool types) {
  const std::vector<BackendInfo> backends = list_backends();
  std::vector<OperatorInfo> out;
  for (const OpDef* def : all_ops()) {
    OperatorInfo info{std::string(def->name), std::string(def->domain), def->versions, {}, {}};
    for (const auto& accepted : types ? accepted_types(*def) : std::vector<std::vector<DType>>()) {
      info.types.emplace_back();
      for (const DType t : accepted) info.types.back().emplace_back(dtype_name(t));
    }
    for (const BackendInfo& b : backends) {
      const bool named = std::ranges::find(b.operators, op_full_name(*def)) != b.operators.end();
      if (!info.backends.empty() && info.backends.back() == b.name) continue;  // on another device
      if (named || (b.name == "reference" && def->reference != nullptr)) info.backends.push_back(b.name);
    }
    out.push_back(std::move(info));
  }
  return out;
}

}  // namespace onnxrun
