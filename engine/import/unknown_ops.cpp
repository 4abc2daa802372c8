#include "engine/import/unknown_ops.h"

#include <set>
#include <vector>

#include "engine/base/check.h"
#include "engine/import/node_order.h"

namespace onnxrun {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

class Finder {
 public:
  explicit Finder(const Functions& functions) : functions_(functions) {}

  std::map<std::string, int> run(const onnx::ModelProto& model, const Opsets& opsets) {
    visit(model.graph().node(), opsets);
    while (!queue_.empty()) {
      const Function* f = queue_.back();
      queue_.pop_back();
      visit(f->proto->node(), f->opsets);
    }
    return std::move(found_);
  }

 private:
  void visit(const Nodes& nodes, const Opsets& opsets) {
    for (const onnx::NodeProto& node : nodes) {
      if (const Function* f = functions_.find(node)) {
        if (reached_.insert(f).second) queue_.push_back(f);
      } else {
        with_context([&] { return node_label(node); }, [&] { check(node, opsets); });
      }
      for (const onnx::AttributeProto& a : node.attribute()) {
        if (a.has_g()) visit(a.g().node(), opsets);
      }
    }
  }

  void check(const onnx::NodeProto& node, const Opsets& opsets) {
    const std::string domain(canonical_domain(node.domain()));
    require(!node.op_type().empty(), "op_type is missing");
    const int opset = opset_of(opsets, domain);
    if (known_op(domain, node.op_type(), opset) != nullptr) return;
    std::string name = domain.empty() ? node.op_type() : domain + "." + node.op_type();
    if (const OpDef* newer = find_op(domain, node.op_type())) {
      name += fmt::format(" of opset {} (accepted from {})", opset, newer->versions.front());
    }
    ++found_[name];
  }

  const Functions& functions_;
  std::set<const Function*> reached_;
  std::vector<const Function*> queue_;
  std::map<std::string, int> found_;
};

}  // namespace

const OpDef* known_op(std::string_view domain, std::string_view name, int opset) {
  const OpDef* def = find_op(domain, name);
  return def != nullptr && opset >= def->versions.front() ? def : nullptr;
}

std::map<std::string, int> unknown_ops(const onnx::ModelProto& model, const Opsets& opsets, const Functions& functions) {
  return Finder(functions).run(model, opsets);
}

void require_no_unknown_ops(const std::map<std::string, int>& unknown) {
  if (unknown.empty()) return;
  std::string list;
  for (const auto& [name, count] : unknown) list += fmt::format("{}{} x{}", list.empty() ? "" : ", ", name, count);
  fail(ErrorCode::kUnsupported, "operators that are not implemented: {}; `onnx-run ops` lists those that are", list);
}

}  // namespace onnxrun
