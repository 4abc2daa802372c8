#include "backends/cpu/broadcast.h"

#include <algorithm>

namespace onnxrun::cpu {

std::vector<int> physical_order(int rank, Layout layout) {
  std::vector<int> order;
  for (int d = 0; d < rank; ++d) order.push_back(d);
  if (layout == Layout::kChannelsLast && rank > 2) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

std::vector<std::int64_t> physical_strides(const Shape& shape, Layout layout) {
  std::vector<std::int64_t> strides(shape.size());
  const auto order = physical_order(static_cast<int>(shape.size()), layout);
  std::int64_t step = 1;
  for (auto d = order.rbegin(); d != order.rend(); ++d) {
    strides[static_cast<std::size_t>(*d)] = step;
    step *= shape[static_cast<std::size_t>(*d)];
  }
  return strides;
}

std::int64_t Sweep::rows() const {
  std::int64_t n = 1;
  for (std::size_t d = 0; d + 1 < sizes.size(); ++d) n *= sizes[d];
  return n;
}

bool Sweep::is_full(std::size_t i) const {
  std::int64_t want = 1;
  for (std::size_t d = sizes.size(); d-- > 0;) {
    if (strides[i][d] != want && sizes[d] != 1) return false;
    want *= sizes[d];
  }
  return true;
}

std::int64_t Sweep::row_offset(std::size_t i, std::int64_t row) const {
  std::int64_t offset = 0;
  for (std::size_t d = sizes.size() - 1; d-- > 0;) {
    offset += row % sizes[d] * strides[i][d];
    row /= sizes[d];
  }
  return offset;
}

Sweep make_sweep(const Shape& shape, Layout layout, std::span<const SweepInput> inputs) {
  const std::size_t rank = shape.size();
  std::vector<std::vector<std::int64_t>> full;  // per input, per logical dimension of the output
  for (const SweepInput& in : inputs) {
    auto& strides = full.emplace_back(rank, 0);
    const auto own = physical_strides(in.shape, in.layout);
    // From the last dimension backwards; a scalar may be written with more dimensions of 1 than the output has.
    for (std::size_t back = 1; back <= std::min(rank, in.shape.size()); ++back) {
      const std::size_t d = in.shape.size() - back;
      strides[rank - back] = in.shape[d] == 1 ? 0 : own[d];
    }
  }
  Sweep sweep;
  sweep.strides.resize(inputs.size());
  for (const int d : physical_order(static_cast<int>(rank), layout)) {
    const std::int64_t size = shape[static_cast<std::size_t>(d)];
    if (size == 1) continue;
    bool merges = !sweep.sizes.empty();
    for (std::size_t i = 0; merges && i < inputs.size(); ++i) {
      merges = sweep.strides[i].back() == full[i][static_cast<std::size_t>(d)] * size;
    }
    if (merges) {
      sweep.sizes.back() *= size;
    } else {
      sweep.sizes.push_back(size);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!merges) sweep.strides[i].push_back(0);
      sweep.strides[i].back() = full[i][static_cast<std::size_t>(d)];
    }
  }
  if (sweep.sizes.empty()) {
    sweep.sizes.push_back(1);
    for (auto& strides : sweep.strides) strides.push_back(0);
  }
  return sweep;
}

Sweep make_sweep(const NodeView& node) {
  std::vector<SweepInput> inputs;
  for (int i = 0; i < node.inputs(); ++i) {
    if (node.has(i)) {
      inputs.push_back({node.in_shape(i), node.in(i).layout});
    } else {
      inputs.emplace_back();
    }
  }
  return make_sweep(node.out_shape(0), node.out(0).layout, inputs);
}

}  // namespace onnxrun::cpu
