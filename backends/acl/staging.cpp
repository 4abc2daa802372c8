#include "backends/acl/staging.h"

#include <arm_compute/runtime/experimental/operators/CpuTranspose.h>

namespace onnxrun::acl {
namespace {

// Whether plain and channels-last memory are the same, so that no copy is needed.
bool coincide(const Image& i) { return i.c == 1 || (i.h == 1 && i.w == 1); }

}  // namespace

// Per image, the matrix of channels and pixels is transposed.
void add_reorder(AclKernel& kernel, DType dtype, const Image& i, bool to_channels_last, Place from, Place to) {
  const std::int64_t rows = to_channels_last ? i.c : i.h * i.w, columns = to_channels_last ? i.h * i.w : i.c;
  const auto configure = [](arm::experimental::op::CpuTranspose& op, const Views& v) {
    op.configure(v[0]->info(), v[1]->info());
  };
  kernel.add(operator_of<arm::experimental::op::CpuTranspose>(configure),
             {{arm::ACL_SRC, dense_info(dtype, {i.n, rows, columns}), std::move(from)},
              {arm::ACL_DST, dense_info(dtype, {i.n, columns, rows}), std::move(to)}});
}

Staged stage_in(AclKernel& kernel, const NodeView& node) {
  const Type &x = node.in(0), &y = node.out(0);
  Staged s{image_of(*x.static_shape()), image_of(*y.static_shape()), Place::input(0), Place::output(0)};
  if (x.layout == Layout::kPlain && !coincide(s.x)) {
    s.copied_in = true;
    s.from = Place::scratch(kernel.reserve(dtype_bytes(x.dtype, s.x.elements())));
    add_reorder(kernel, x.dtype, s.x, true, Place::input(0), s.from);
  }
  if (y.layout == Layout::kPlain && !coincide(s.y)) {
    s.copied_out = true;
    s.to = Place::scratch(kernel.reserve(dtype_bytes(y.dtype, s.y.elements())));
  }
  return s;
}

void stage_out(AclKernel& kernel, const NodeView& node, const Staged& s) {
  if (s.copied_out) add_reorder(kernel, node.out(0).dtype, s.y, false, s.to, Place::output(0));
}

std::string_view staged_prefix(const Staged& s) { return s.copied_in || s.copied_out ? "plain tensors copied: " : ""; }

std::string refuse_image(const NodeView& node) {
  const Type& x = node.in(0);
  if (!x.ranked()) return "input of unknown rank";
  if (x.rank() < 3 || x.rank() > 4) return fmt::format("{} spatial dimensions, want 1 or 2", x.rank() - 2);
  return {};
}

}  // namespace onnxrun::acl
