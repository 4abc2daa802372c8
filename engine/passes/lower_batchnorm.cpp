// BatchNormalization that no convolution could take is a product and a sum, which element-wise chains take.
//   %y = BatchNormalization(%x: f32[N, C, H, W], %scale, %shift, %mean, %var)
//   ->  %t = Mul(%x, const f32[1, C, 1, 1] a)  %y = Add(%t, const f32[1, C, 1, 1] shift - mean * a)
//       a = scale / sqrt(var + epsilon)
// Not in training mode, with parameters that aren't constants, or for an input of unknown rank.
#include "engine/ir/infer.h"
#include "engine/passes/channels.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool lower_batchnorm(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "BatchNormalization") || !has_rank(graph, input(graph, id, 0))) continue;
    const ValueId x = input(graph, id, 0);
    const std::size_t rank = dims(graph, x).size();
    const auto affine = batch_norm_affine(graph, id);
    if (!affine || rank < 2) continue;
    const DType dtype = graph.value(x).type.dtype;
    const std::string name = graph.node(id).name;
    Shape shape(rank, 1);
    shape[1] = static_cast<std::int64_t>(affine->scale.size());
    const ValueId product = build(graph, "Mul", {x, graph.add_constant(tensor_of(dtype, shape, affine->scale))}, {}, name);
    const ValueId sum = build(graph, "Add", {product, graph.add_constant(tensor_of(dtype, shape, affine->shift))}, {}, name);
    replace(graph, output(graph, id), sum);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
