// The order of the passes. A name may stand twice: what a later pass uncovers is cleaned up by an explicit second row.
#include "engine/passes/pipeline.h"

#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr Pass kPipeline[] = {
    // What the model means: constants, shapes, no leftovers of exporters.
    {"fold_constants", fold_constants, "conditions, axes and shapes become numbers that all others look at"},
    {"propagate_captures", propagate_captures, "branches fold and fuse with the constants that they read"},
    {"inline_branch", inline_branch, "conditions are constants by now"},
    {"drop_outputs", drop_outputs, "backends and patterns refuse nodes with outputs that nobody reads anyway"},
    {"eliminate_identity", eliminate_identity, "patterns below look at direct neighbours"},
    {"eliminate_cast", eliminate_cast, "Casts to the same type are gone, chains stand without gaps"},
    {"fold_constants", fold_constants, "what branches and Casts hid"},
    {"fold_shape", fold_shape, "before eliminate_reshape, which asks for constant shapes"},
    {"einsum_to_matmul", einsum_to_matmul, "sizes are known; makes Transposes and Reshapes for those below"},
    {"merge_common", merge_common, "equal Transposes and Sigmoids are one value with several readers"},
    {"eliminate_reshape", eliminate_reshape, "chains are direct neighbours"},
    {"eliminate_transpose", eliminate_transpose, "equal Transposes are merged; needs axes and pads as constants"},
    {"eliminate_identity", eliminate_identity, "Reshapes that became the identity"},
    {"merge_common", merge_common, "what stood behind different Transposes may be equal now"},
    {"lower_sum", lower_sum, "the fusions below know Add only"},

    // Activations that exporters wrote out; before convolutions take the single steps apart.
    {"fuse_hardswish", fuse_hardswish, "before fuse_conv_bn takes its `+ 3` for a bias"},
    {"fuse_swish", fuse_swish, "a convolution then has one reader, not two"},
    {"fuse_gelu", fuse_gelu, "a Tanh or Erf alone could still be taken for an activation"},

    // Integers, while weights are still quantised.
    {"lower_qlinear", lower_qlinear, "one form of quantised products for those below"},
    {"sink_dequantize", sink_dequantize, "a DequantizeLinear stands right before the products"},
    {"fuse_quant_conv", fuse_quant_conv, "activations that exporters wrote out are one node"},
    {"fuse_quant_matmul", fuse_quant_matmul, "the same"},
    {"fuse_quant_dynamic", fuse_quant_dynamic, "the same"},
    {"fuse_quant_binary", fuse_quant_binary, "products have taken the sums that are their biases"},
    {"fuse_quant_lookup", fuse_quant_lookup, "products and sums have taken the activations behind them"},

    // Convolutions.
    {"fold_dequantize", fold_dequantize, "weights that no integer kernel wants are floats from here on"},
    {"fuse_pad_conv", fuse_pad_conv, "Relu before a padded pool must still be visible"},
    {"fuse_conv_bn", fuse_conv_bn, "Pads and Transposes between convolution and normalisation are gone"},
    {"lower_batchnorm", lower_batchnorm, "takes what no convolution took"},
    {"fuse_conv_activation", fuse_conv_activation, "bias and scale are inside the convolution"},
    {"fuse_conv_residual", fuse_conv_residual, "convolutions with an activation of their own are told apart from those without"},

    // Transformers; before matrix products take masks for biases and scales for their own.
    {"fuse_layernorm", fuse_layernorm, "Casts to the same type and equal differences are gone"},
    {"split_packed_heads", split_packed_heads, "the forms below know Reshape and Transpose of each part"},
    {"fuse_attention", fuse_attention, "products are MatMul, Dropouts and Transposes of Transposes are gone"},
    {"merge_common", merge_common, "masks that every layer filled in for itself"},
    {"fold_attention_heads", fold_attention_heads, "Attention is one node, the sizes after it are known"},

    // Matrix products.
    {"gemm_to_matmul", gemm_to_matmul, "patterns that look for MatMul are above, those below know one form"},
    {"split_over_ranks", split_over_ranks, "products have one form, and their biases, activations and residuals are still nodes of their own"},
    {"fold_transpose_into_matmul", fold_transpose_into_matmul, "Transposes that nothing else wanted"},
    {"fuse_matmul_scale", fuse_matmul_scale, "before a bias, which comes after the factor"},
    {"fuse_matmul_bias", fuse_matmul_bias, "one number per column, before whole tensors"},
    {"fuse_matmul_residual", fuse_matmul_residual, "before the activation, which comes after the sum"},
    {"fuse_matmul_activation", fuse_matmul_activation, "last of what a product does"},
    {"fuse_skip_layernorm", fuse_skip_layernorm, "residuals that a product could take are inside it: that is the better place"},
    {"remove_padding", remove_padding, "layers are a few nodes that work row by row; before Casts come between them"},

    // How it runs.
    {"bound_nms", bound_nms, "numbers of boxes are constants"},
    {"reduce_to_pool", reduce_to_pool, "no pattern looks for means any more; pools take the layouts of convolutions"},
    {"convert_layout", convert_layout, "convolutions have taken what they can take"},
    {"eliminate_reorder", eliminate_reorder, "right after the pass that makes them"},
    {"lower_precision", lower_precision, "operators are what backends know by now; Reorders move 16 bits, too"},
    {"fuse_elementwise", fuse_elementwise, "what is left over; after the Casts that split chains are in place"},
};

}  // namespace

std::span<const Pass> pipeline() { return kPipeline; }

}  // namespace onnxrun
