#include "engine/ir/reference.h"

#include <algorithm>

#include "engine/base/check.h"

namespace onnxrun {

TensorView& ReferenceContext::allocate(int i, std::span<const std::int64_t> shape) {
  TensorView& view = out(i);
  if (view.data != nullptr && std::ranges::equal(view.shape, shape)) return view;
  require(allocator_ != nullptr, "output {} has a shape that depends on data, which this place cannot take", i);
  view = allocator_->allocate(i, shape);
  return view;
}

namespace {

class TensorAllocator : public OutputAllocator {
 public:
  TensorAllocator(std::vector<Tensor>& tensors, std::span<const TensorView> views) : tensors_(tensors), views_(views) {}
  TensorView allocate(int output, std::span<const std::int64_t> shape) override {
    Tensor& t = tensors_[static_cast<std::size_t>(output)];
    t = Tensor(views_[static_cast<std::size_t>(output)].dtype, Shape(shape.begin(), shape.end()));
    return view_of(t);
  }
  void give(int output, Tensor tensor) override { tensors_[static_cast<std::size_t>(output)] = std::move(tensor); }

 private:
  std::vector<Tensor>& tensors_;
  std::span<const TensorView> views_;
};

}  // namespace

std::vector<Tensor> run_reference(const Graph& graph, NodeId id, std::span<const Tensor> inputs, SubgraphRunner* subgraphs) {
  const Node& n = graph.node(id);
  require(ErrorCode::kUnsupported, n.op->reference != nullptr, "{} has no reference kernel", op_full_name(*n.op));
  std::vector<TensorView> in, out;
  for (const Tensor& t : inputs) in.push_back(t ? view_of(t) : TensorView{});
  std::vector<Tensor> results(n.outputs.size());
  for (std::size_t i = 0; i < n.outputs.size(); ++i) {
    out.emplace_back();
    if (n.outputs[i] == ValueId::kNone) continue;
    const Type& type = graph.value(n.outputs[i]).type;
    out[i].dtype = type.dtype;
    if (auto shape = type.static_shape()) {
      results[i] = Tensor(type.dtype, std::move(*shape));
      out[i] = view_of(results[i]);
    }
  }
  TensorAllocator allocator(results, out);
  ReferenceContext ctx(n, in, out, &allocator, subgraphs);
  n.op->reference(ctx);
  return results;
}

}  // namespace onnxrun
