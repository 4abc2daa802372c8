// Every pass, by name; each stands in a file of its own with the same name. The order is in pipeline.cpp.
#pragma once

#include "engine/passes/pass.h"

namespace onnxrun {

// Constants, and what exporters leave behind.
bool drop_outputs(Graph& graph, const PassContext& ctx);
bool eliminate_cast(Graph& graph, const PassContext& ctx);
bool eliminate_identity(Graph& graph, const PassContext& ctx);
bool eliminate_reshape(Graph& graph, const PassContext& ctx);
bool eliminate_transpose(Graph& graph, const PassContext& ctx);
bool fold_constants(Graph& graph, const PassContext& ctx);
bool fold_dequantize(Graph& graph, const PassContext& ctx);
bool fold_shape(Graph& graph, const PassContext& ctx);
bool inline_branch(Graph& graph, const PassContext& ctx);
bool lower_sum(Graph& graph, const PassContext& ctx);
bool merge_common(Graph& graph, const PassContext& ctx);
bool propagate_captures(Graph& graph, const PassContext& ctx);

// Convolutions.
bool fuse_conv_activation(Graph& graph, const PassContext& ctx);
bool fuse_conv_bn(Graph& graph, const PassContext& ctx);
bool fuse_conv_residual(Graph& graph, const PassContext& ctx);
bool fuse_hardswish(Graph& graph, const PassContext& ctx);
bool fuse_pad_conv(Graph& graph, const PassContext& ctx);
bool fuse_swish(Graph& graph, const PassContext& ctx);
bool lower_batchnorm(Graph& graph, const PassContext& ctx);
bool reduce_to_pool(Graph& graph, const PassContext& ctx);

// Boxes.
bool bound_nms(Graph& graph, const PassContext& ctx);

// Integers.
bool fuse_quant_binary(Graph& graph, const PassContext& ctx);
bool fuse_quant_conv(Graph& graph, const PassContext& ctx);
bool fuse_quant_dynamic(Graph& graph, const PassContext& ctx);
bool fuse_quant_lookup(Graph& graph, const PassContext& ctx);
bool fuse_quant_matmul(Graph& graph, const PassContext& ctx);
bool lower_qlinear(Graph& graph, const PassContext& ctx);
bool sink_dequantize(Graph& graph, const PassContext& ctx);

// Transformers.
bool fold_attention_heads(Graph& graph, const PassContext& ctx);
bool fuse_attention(Graph& graph, const PassContext& ctx);
bool fuse_gelu(Graph& graph, const PassContext& ctx);
bool fuse_layernorm(Graph& graph, const PassContext& ctx);
bool fuse_skip_layernorm(Graph& graph, const PassContext& ctx);
bool remove_padding(Graph& graph, const PassContext& ctx);
bool split_packed_heads(Graph& graph, const PassContext& ctx);

// Matrix products.
bool einsum_to_matmul(Graph& graph, const PassContext& ctx);
bool fold_transpose_into_matmul(Graph& graph, const PassContext& ctx);
bool fuse_matmul_activation(Graph& graph, const PassContext& ctx);
bool fuse_matmul_bias(Graph& graph, const PassContext& ctx);
bool fuse_matmul_residual(Graph& graph, const PassContext& ctx);
bool fuse_matmul_scale(Graph& graph, const PassContext& ctx);
bool gemm_to_matmul(Graph& graph, const PassContext& ctx);
bool split_over_ranks(Graph& graph, const PassContext& ctx);

// How it runs: layouts, precision, fewer sweeps over memory.
bool convert_layout(Graph& graph, const PassContext& ctx);
bool eliminate_reorder(Graph& graph, const PassContext& ctx);
bool fuse_elementwise(Graph& graph, const PassContext& ctx);
bool lower_precision(Graph& graph, const PassContext& ctx);

}  // namespace onnxrun
