#include "backends/onednn/staging.h"

#include <algorithm>

namespace onnxrun::onednn {
namespace {

Desc channels_last(const Type& type) { return dense(type.dtype, *type.static_shape(), Layout::kChannelsLast); }

// Whether plain and channels-last memory are the same, so that no copy is needed.
bool coincide(const Type& type) {
  const Shape shape = *type.static_shape();
  return shape[1] == 1 || std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t d) { return d == 1; });
}

bool to_copy(const Type& type) { return type.layout == Layout::kPlain && !coincide(type); }

}  // namespace

void add_reorder(PrimitiveKernel& kernel, const Desc& from, Place source, const Desc& to, Place target) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc pd(cpu_engine(), from, cpu_engine(), to, attr);
  kernel.add(dnnl::reorder(pd), pd.scratchpad_desc(),
             {{DNNL_ARG_FROM, from, std::move(source)}, {DNNL_ARG_TO, to, std::move(target)}});
}

Staged unstaged(const NodeView& node) { return {desc_of(node.in(0)), desc_of(node.out(0)), Place::input(0), Place::output(0)}; }

Staged stage_in(PrimitiveKernel& kernel, const NodeView& node) {
  Staged s{channels_last(node.in(0)), channels_last(node.out(0)), Place::input(0), Place::output(0)};
  if (to_copy(node.in(0))) {
    s.copied_in = true;
    s.from = Place::scratch(kernel.reserve(s.src.get_size()));
    add_reorder(kernel, desc_of(node.in(0)), Place::input(0), s.src, s.from);
  }
  if (to_copy(node.out(0))) {
    s.copied_out = true;
    s.to = Place::scratch(kernel.reserve(s.dst.get_size()));
  }
  return s;
}

void stage_out(PrimitiveKernel& kernel, const NodeView& node, const Staged& s) {
  if (s.copied_out) add_reorder(kernel, s.dst, s.to, desc_of(node.out(0)), Place::output(0));
  if (s.copied_in || s.copied_out) kernel.set_description(kernel.describe() + ", plain tensors copied");
}

void stage_residual(PrimitiveKernel& kernel, const NodeView& node, const Staged& s, int input) {
  add_reorder(kernel, desc_of(node.in(input)), Place::input(input), s.dst, s.to);
}

}  // namespace onnxrun::onednn
