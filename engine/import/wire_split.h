// Cutting the weights out of a serialised model, so that parsing doesn't copy them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace onnxrun {

struct SplitModel {
  std::string rest;  // the model without the payloads: a valid message
  // raw_data of graph.initializer(i), still in the file; empty where it stays in `rest`.
  std::vector<std::span<const std::byte>> payloads;
};

// Takes the raw_data of every initialiser of the main graph that has at least `min_bytes` of it. nullopt when there is none,
// or when the bytes are not well-formed as far as this looks: the parser then says so.
std::optional<SplitModel> split_payloads(std::span<const std::byte> model, std::size_t min_bytes = 4096);

}  // namespace onnxrun
