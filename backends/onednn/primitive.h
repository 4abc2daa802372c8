// What this backend's kernels are made of: oneDNN primitives in a row, whose memories are bound to pointers at every run.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::onednn {

using Desc = dnnl::memory::desc;
using Sizes = dnnl::memory::dims;

// The one CPU engine; engines have no state worth a second one.
const dnnl::engine& cpu_engine();
// Of f32 and bf16, u8, i8 and i32, the only element types of this backend.
dnnl::memory::data_type data_type(DType dtype);
// Dense memory of these logical sizes.
Desc dense(DType dtype, const Sizes& sizes, Layout layout = Layout::kPlain);
// A tensor of static shape.
Desc desc_of(const Type& type);

// Where an argument of a primitive lies during a run.
struct Place {
  enum Kind { kInput, kOutput, kScratch, kOwned } kind = kInput;
  std::size_t at = 0;                  // which input or output of the node; byte of the scratch memory
  std::shared_ptr<const void> memory;  // kOwned: packed weights

  static Place input(int i) { return {kInput, static_cast<std::size_t>(i), nullptr}; }
  static Place output(int i) { return {kOutput, static_cast<std::size_t>(i), nullptr}; }
  static Place scratch(std::size_t byte) { return {kScratch, byte, nullptr}; }
  static Place owned(std::shared_ptr<const void> memory) { return {kOwned, 0, std::move(memory)}; }
};

struct Binding {
  int argument;  // DNNL_ARG_SRC, ...
  Desc desc;
  Place place;
};

class PrimitiveKernel final : public Kernel {
 public:
  // `parts` as in threadpool.h; the primitives are created under a PartsScope of the same number.
  explicit PrimitiveKernel(int parts) : parts_(parts) {}

  // Building. Every primitive has scratchpad_mode::user; `scratchpad` is what it asked for.
  std::size_t reserve(std::size_t bytes);  // scratch memory that lasts for the whole run; returns its place
  void add(dnnl::primitive primitive, const Desc& scratchpad, std::vector<Binding> bindings);
  void set_description(std::string text) { description_ = std::move(text); }
  void set_unread(int input) { unread_ |= 1u << input; }
  // Output 0 is computed on top of this input's elements: its memory is taken over, or copied first where the planner could
  // not give it.
  void set_accumulates(int input) { accumulates_ = input; }

  void run(const KernelArgs& args) const override;
  std::unique_ptr<KernelState> make_state() const override;
  std::size_t scratch_bytes() const override { return scratch_; }
  int in_place_input(int /*output*/) const override { return accumulates_; }
  bool reads(int input) const override { return (unread_ >> input & 1u) == 0; }
  std::string describe() const override { return description_; }

 private:
  struct Stage {
    dnnl::primitive primitive;
    std::vector<Binding> bindings;
  };
  struct State;

  std::string description_;
  int parts_;
  int accumulates_ = -1;
  unsigned unread_ = 0;
  std::size_t scratch_ = 0;
  std::vector<Stage> stages_;
};

// Whether nobody needs the input once this node has run, as far as the graph tells: no graph input, output or constant, and
// whoever else reads it comes before this node in every order.
bool dies_here(const NodeView& node, int input);

// Creates a primitive descriptor by `make`, moved on to the first implementation whose name begins with `family` ("brg") where
// there is one before the naive reference.
template <class Make>
auto prefer(std::string_view family, const Make& make) {
  const auto serves = [](const auto& pd, std::string_view name) {
    return std::string_view(pd.impl_info_str()).starts_with(name);
  };
  auto pd = make();
  do {
    if (serves(pd, "ref")) break;
    if (serves(pd, family)) return pd;
  } while (pd.next_impl());
  return make();
}

}  // namespace onnxrun::onednn
