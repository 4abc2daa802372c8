// reference: every operator by its naive kernel from ops/, the oracle of the tests and the last resort.
//
// The kernels know plain layout only; channels-last tensors are copied to plain scratch memory before and back after.
#include <cstring>

#include "backends/backends.h"
#include "engine/base/check.h"
#include "ops/common/dispatch.h"

namespace onnxrun::reference {
namespace {

// Between [N, C, S...] and [N, S..., C].
void convert(const TensorView& from, Layout layout, void* to) {
  const std::int64_t n = from.shape[0], c = from.shape[1];
  const std::int64_t s = n * c == 0 ? 0 : from.size / (n * c);
  dispatch_by_size(from.dtype, [&]<class T>() {
    const T* x = from.as<const T>();
    T* y = static_cast<T*>(to);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < c; ++j) {
        for (std::int64_t k = 0; k < s; ++k) {
          const std::int64_t plain = (i * c + j) * s + k, last = (i * s + k) * c + j;
          if (layout == Layout::kChannelsLast) {
            y[last] = x[plain];
          } else {
            y[plain] = x[last];
          }
        }
      }
    }
  });
}

std::size_t padded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

class ReferenceKernel : public Kernel {
 public:
  explicit ReferenceKernel(const NodeView& view) : node_(view.node()) {
    for (int i = 0; i < view.inputs(); ++i) {
      if (view.has(i) && view.in(i).layout != Layout::kPlain) scratch_ += bytes_of(view.in(i));
    }
    for (int i = 0; i < view.outputs(); ++i) {
      if (view.wants(i) && view.out(i).layout != Layout::kPlain) scratch_ += bytes_of(view.out(i));
    }
  }

  std::size_t scratch_bytes() const override { return scratch_; }
  std::string describe() const override { return "naive"; }

  void run(const KernelArgs& args) const override {
    if (scratch_ == 0) return call(args.inputs, args.outputs, args);
    std::byte* scratch = args.scratch;
    std::vector<TensorView> in(args.inputs.begin(), args.inputs.end());
    std::vector<TensorView> out(args.outputs.begin(), args.outputs.end());
    for (TensorView& v : in) {
      if (v.layout == Layout::kPlain) continue;
      convert(v, Layout::kPlain, scratch);
      take(v, scratch);
    }
    for (TensorView& v : out) {
      if (v.layout != Layout::kPlain) take(v, scratch);
    }
    call(in, out, args);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (args.outputs[i].layout != Layout::kPlain) convert(out[i], args.outputs[i].layout, args.outputs[i].data);
    }
  }

 private:
  static std::size_t bytes_of(const Type& t) {
    return padded(dtype_bytes(t.dtype, element_count(*t.static_shape())));
  }
  static void take(TensorView& v, std::byte*& scratch) {
    v.data = scratch;
    v.layout = Layout::kPlain;
    scratch += padded(dtype_bytes(v.dtype, v.size));
  }
  void call(std::span<const TensorView> in, std::span<TensorView> out, const KernelArgs& args) const {
    ReferenceContext ctx(node_, in, out, args.allocator, args.subgraphs);
    node_.op->reference(ctx);
  }

  Node node_;
  std::size_t scratch_ = 0;
};

class ReferenceBackend : public Backend {
 public:
  ReferenceBackend() {
    traits_.name = "reference";
    traits_.about = "naive kernels, every operator";
  }
  const BackendTraits& traits() const override { return traits_; }
  Claim claim(const NodeView& node) const override {
    if (node.op().reference == nullptr) return Claim::no("{} has no reference kernel", op_full_name(node.op()));
    return Claim::yes(1000);
  }
  std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) const override {
    return std::make_unique<ReferenceKernel>(node);
  }

 private:
  BackendTraits traits_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(std::string&) { return std::make_unique<ReferenceBackend>(); }

}  // namespace onnxrun::reference
