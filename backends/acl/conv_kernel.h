// How Conv, ConvTranspose and QLinearConv end: one convolution of the library, between copies where tensors are plain.
#pragma once

#include <functional>

#include "backends/acl/convolution.h"
#include "backends/acl/rest.h"
#include "backends/acl/staging.h"

namespace onnxrun::acl {

struct ConvolutionNode {
  std::string_view what;  // for messages: "a convolution"
  int weights, bias;      // inputs of the node
  Tensor arranged;        // the weights, by arranged_weights()
  // Adds what comes before the convolution and says where its input lies; none where it lies where it was staged.
  std::function<Place(AclKernel&, const Staged&)> before;
  std::optional<Rest> rest;  // what comes after it; none for integers
};

// Whether the convolution adds input `bias` itself. One that is computed can't be packed with weights: add_rest() adds it.
bool adds_bias(const NodeView& node, int bias, const Convolution& c);

// Prepares `c`, whose images have their sizes.
std::unique_ptr<Kernel> convolution_kernel(const NodeView& node, PrepareContext& ctx, const Convolution& c,
                                           const ConvolutionNode& of);

}  // namespace onnxrun::acl
