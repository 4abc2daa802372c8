// A transformer encoder of two layers that classifies texts, as exporters write it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/model.h"
#include "onnxrun/tensor.h"

namespace onnxrun::test {

// ids and mask, i64[batch, sequence] of at most 40 positions, to logits f32[batch, 3].
std::string encoder();

// Its inputs for texts of these lengths, padded to `longest`.
std::vector<Tensor> texts(const std::vector<int>& lengths, int longest, std::uint64_t seed);

// Batches of one shape share the plan up to where the tokens are counted, and what follows by their numbers.
void check_shares_plans(const std::shared_ptr<const Model>& model);

}  // namespace onnxrun::test
