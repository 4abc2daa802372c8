// What can be computed at load time is.
//   %a = const ...  %b = Add(%a, %a)              ->  %b = const ...
//   %s = Shape(%x: f32[2, 3])                     ->  %s = const i64[2] {2, 3}       known by inference (Value::contents)
// One sweep in topological order; nodes that read a new constant are inferred again first, so that knowledge travels down.
// Not for non-deterministic nodes, results above the ceilings of fold.cpp or together above kRoom and a multiple of the model's own
// constants (each may double what the one before made), nor DequantizeLinear: integer kernels want the
// quantised weights (see fold_dequantize).
#include <algorithm>

#include "engine/base/string_bytes.h"
#include "engine/ir/infer.h"
#include "engine/passes/fold.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr std::size_t kRoom = std::size_t{256} << 20, kTimesConstants = 4;  // bytes of all results

class Folder {
 public:
  explicit Folder(Graph& graph) : graph_(graph), stale_(graph.node_capacity(), 0) {
    std::size_t constants = 0;
    for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
      const auto v = static_cast<ValueId>(i);
      if (graph.value(v).is_constant() && graph.use_count(v) > 0) constants += graph.value(v).constant.bytes();
    }
    room_ = std::max(kRoom, kTimesConstants * constants);
  }

  bool run() {
    for (const NodeId id : graph_.topological_order()) {
      refresh(id);
      fold(id);
    }
    return changed_;
  }

 private:
  bool is_read(ValueId v) const { return v != ValueId::kNone && graph_.use_count(v) > 0; }

  void mark_readers(ValueId v) {
    for (const Use& use : graph_.value(v).uses) stale_[index(use.node)] = 1;
  }

  void refresh(NodeId id) {
    if (!stale_[index(id)]) return;
    const std::vector<ValueId> outputs = graph_.node(id).outputs;
    std::vector<std::pair<Type, bool>> before;
    for (const ValueId v : outputs) {
      before.emplace_back(v == ValueId::kNone ? Type{} : graph_.value(v).type, v != ValueId::kNone && graph_.value(v).contents);
    }
    infer_node(graph_, id);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == ValueId::kNone) continue;
      const Value& v = graph_.value(outputs[i]);
      if (!(v.type == before[i].first) || v.contents || before[i].second) mark_readers(outputs[i]);
    }
  }

  void make_constant(ValueId v, Tensor tensor) {
    const ValueId c = graph_.add_constant(std::move(tensor));
    replace(graph_, v, c);
    mark_readers(c);
    changed_ = true;
  }

  void fold(NodeId id) {
    const std::vector<ValueId> outputs = graph_.node(id).outputs;
    bool unread = true;
    for (const ValueId v : outputs) {
      if (!is_read(v)) continue;
      if (Tensor known = known_constant(graph_.value(v))) {
        make_constant(v, std::move(known));
      } else {
        unread = false;
      }
    }
    if (unread || is_op(graph_, id, "DequantizeLinear")) return;
    auto results = evaluate(graph_, id);
    if (!results) return;
    std::size_t bytes = 0;
    for (const Tensor& t : *results) bytes += t.bytes() + string_bytes(t);
    if (bytes > room_) return;
    room_ -= bytes;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (is_read(outputs[i])) make_constant(outputs[i], std::move((*results)[i]));
    }
  }

  Graph& graph_;
  std::size_t room_;         // bytes that results may still take
  std::vector<char> stale_;  // by node: an input became better known
  bool changed_ = false;
};

}  // namespace

bool fold_constants(Graph& graph, const PassContext&) { return Folder(graph).run(); }

}  // namespace onnxrun
