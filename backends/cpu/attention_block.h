// The inner part of Attention: one head's keys and values, and a block of its queries.
#pragma once

#include <cstdint>

#include "onnxrun/tensor.h"

namespace onnxrun::cpu {

constexpr std::int64_t kQueryBlock = 48;  // rows of scores that are made, turned into probabilities and used together

// One head. Pointers are to its first element, strides between rows are in elements.
struct AttentionHead {
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  void* y = nullptr;
  std::int64_t q_stride = 0, k_stride = 0, v_stride = 0, y_stride = 0;
  std::int64_t size = 0, v_size = 0;  // of a query and key, of a value
  std::int64_t keys = 0;              // that any query may see
  float scale = 1.0f;
  bool causal = false;  // query i sees keys 0..i only

  const std::byte* mask = nullptr;     // null: none; else of the head's first query
  DType mask_dtype = DType::kFloat32;  // bool, f32, bf16 or f16
  std::int64_t mask_row_stride = 0;    // elements; 0: the same for all queries
  std::int64_t mask_keys = 0;          // keys that it covers, 1: one value for all; the others are masked

  // Scratch memory, of the sizes that attention_scratch() says.
  float* k_packed = nullptr;
  float* v_packed = nullptr;
  float* queries = nullptr;
  float* scores = nullptr;
  float* bias = nullptr;
  float* factors = nullptr;
};

struct AttentionFunctions {
  std::int64_t tile_columns;                // packed panels are padded to this many columns
  void (*pack)(const AttentionHead& head);  // k and v into k_packed and v_packed
  void (*attend)(const AttentionHead& head, std::int64_t first, std::int64_t count);  // at most kQueryBlock queries
};
// For queries, keys and values of this type.
AttentionFunctions attention_functions(DType dtype);

// Floats between two rows of scores for so many (padded) keys: not a multiple of a page, lest rows share cache sets.
constexpr std::int64_t score_stride(std::int64_t padded_keys) { return padded_keys + 16; }

}  // namespace onnxrun::cpu
