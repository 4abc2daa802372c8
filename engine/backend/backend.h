// Backend: claims nodes with a reason, prepares kernels for them.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/backend/kernel.h"
#include "engine/backend/traits.h"
#include "engine/backend/weight_cache.h"
#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"
#include "onnxrun/options.h"

namespace onnxrun {

// A node as a backend sees it. At claim time dimensions may be symbolic; at prepare time every input has a static shape.
class NodeView {
 public:
  NodeView(const Graph& graph, NodeId id, Math math = Math::kDefault) : graph_(graph), id_(id), math_(math) {}
  const Graph& graph() const { return graph_; }
  NodeId id() const { return id_; }
  const Node& node() const { return graph_.node(id_); }
  const OpDef& op() const { return *node().op; }
  const Attributes& attrs() const { return node().attrs; }
  Math math() const { return math_; }  // of the session
  int inputs() const { return static_cast<int>(node().inputs.size()); }
  int outputs() const { return static_cast<int>(node().outputs.size()); }
  bool has(int i) const { return i < inputs() && node().inputs[static_cast<std::size_t>(i)] != ValueId::kNone; }
  bool wants(int i) const { return i < outputs() && node().outputs[static_cast<std::size_t>(i)] != ValueId::kNone; }
  const Value& in_value(int i) const { return graph_.value(node().inputs[static_cast<std::size_t>(i)]); }
  const Type& in(int i) const { return in_value(i).type; }
  const Type& out(int i) const { return graph_.value(node().outputs[static_cast<std::size_t>(i)]).type; }
  const Tensor* constant(int i) const { return has(i) && in_value(i).is_constant() ? &in_value(i).constant : nullptr; }
  // Concrete shapes, at prepare time.
  Shape in_shape(int i) const { return *in(i).static_shape(); }
  Shape out_shape(int i) const { return *out(i).static_shape(); }

 private:
  const Graph& graph_;
  NodeId id_;
  Math math_;
};

// Yes with a cost, or no with a reason ("group 3 with dilation", "dtype f64").
struct Claim {
  bool accepted = false;
  double cost = 1;     // relative, 1 = as good as any; compared only between backends that both say yes
  std::string reason;  // why not; or a note on how, for explain

  static Claim yes(double cost = 1, std::string note = {}) { return {true, cost, std::move(note)}; }
  template <class... Args>
  static Claim no(fmt::format_string<Args...> format, Args&&... args) {
    return {false, 0, fmt::format(format, std::forward<Args>(args)...)};
  }
};

struct PrepareContext {
  Parallel parallel;          // threads that packing may use; its limit is also what run() will get
  WeightCache& weights;       // packed weights, shared by all plans and sessions of a model
  Math math = Math::kDefault;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual const BackendTraits& traits() const = 0;
  // Pure: the same node gives the same answer, at any time, from any thread. Having said yes to a node, the backend must
  // be able to prepare it at any shape its symbols can take.
  virtual Claim claim(const NodeView& node) const = 0;
  // Builds the kernel. Thread-safe. Throws Error(kOutOfResources) only.
  virtual std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) const = 0;
};

// One line of a backend's table. The same operator may stand there several times, best first.
struct KernelEntry {
  std::string_view op;  // full name: "Softmax", "onnxrun.FusedConv"
  Claim (*claim)(const NodeView&);
  std::unique_ptr<Kernel> (*prepare)(const NodeView&, PrepareContext&);
};

// The usual `prepare`: a kernel that needs nothing but the node.
template <class K>
std::unique_ptr<Kernel> make_kernel(const NodeView& node, PrepareContext&) {
  return std::make_unique<K>(node);
}

// The usual backend: traits and a table. The first entry that accepts serves; when all refuse, the reasons are joined.
class TableBackend : public Backend {
 public:
  TableBackend(BackendTraits traits, std::vector<KernelEntry> table) : traits_(std::move(traits)), table_(std::move(table)) {}
  const BackendTraits& traits() const override { return traits_; }
  Claim claim(const NodeView& node) const override;
  std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) const override;
  std::span<const KernelEntry> table() const { return table_; }

 private:
  BackendTraits traits_;
  std::vector<KernelEntry> table_;
};

}  // namespace onnxrun
