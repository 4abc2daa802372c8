#include "backends/onednn/weights.h"

#include <fmt/ranges.h>

#include "backends/onednn/staging.h"
#include "backends/onednn/status.h"
#include "backends/onednn/threadpool.h"

namespace onnxrun::onednn {
namespace {

struct Packed {
  Tensor source;  // keeps the address, by which the cache knows the constant, from being used again
  Tensor memory;
};

struct ChosenLayout {
  Desc desc;
};

// All that tells two blocked layouts apart, but for the sums that 8-bit weights carry with them.
std::string key_of(const Desc& d) {
  return fmt::format("{}:{}:{}:{}:{}:{}:{}", static_cast<int>(d.get_data_type()), fmt::join(d.get_dims(), ","),
                     fmt::join(d.get_padded_dims(), ","), fmt::join(d.get_strides(), ","), fmt::join(d.get_inner_blks(), ","),
                     fmt::join(d.get_inner_idxs(), ","), d.get_size());
}

// Packs on the threads of the context.
Tensor pack(const PrepareContext& ctx, const Tensor& constant, const Desc& plain, const Desc& wanted) {
  return guarded("pack weights", [&] {
    const int parts = ctx.parallel.threads();
    const PartsScope scope(parts);
    Tensor memory(DType::kUInt8, {static_cast<std::int64_t>(wanted.get_size())});
    dnnl::memory from(plain, cpu_engine(), const_cast<void*>(constant.data())), to(wanted, cpu_engine(), memory.data());
    PoolAdapter pool(parts);
    pool.bind(ctx.parallel);
    dnnl::stream stream = dnnl::threadpool_interop::make_stream(cpu_engine(), &pool);
    dnnl::reorder(from, to).execute(stream, from, to);
    return memory;
  });
}

}  // namespace

std::shared_ptr<const void> packed(PrepareContext& ctx, const Tensor& constant, const Desc& plain, const Desc& wanted,
                                   std::string_view variant) {
  if (plain == wanted) {
    const auto handle = std::make_shared<const Tensor>(constant);
    return {handle, handle->data()};
  }
  const std::function<std::shared_ptr<Packed>()> make = [&] {
    return std::make_shared<Packed>(Packed{constant, pack(ctx, constant, plain, wanted)});
  };
  const auto found =
      ctx.weights.get<Packed>(constant, fmt::format("onednn {} as {} {}", key_of(plain), key_of(wanted), variant), make);
  return {found, found->memory.data()};
}

Binding bind_weights(PrimitiveKernel& kernel, const NodeView& node, PrepareContext& ctx, int input, int argument,
                     const Desc& plain, const Desc& wanted, std::string_view variant) {
  if (const Tensor* constant = node.constant(input)) {
    kernel.set_unread(input);
    return {argument, wanted, Place::owned(packed(ctx, *constant, plain, wanted, variant))};
  }
  if (plain == wanted) return {argument, wanted, Place::input(input)};
  const Place place = Place::scratch(kernel.reserve(wanted.get_size()));
  add_reorder(kernel, plain, Place::input(input), wanted, place);
  return {argument, wanted, place};
}

Desc shared_layout(PrepareContext& ctx, const Tensor& constant, const Desc& offered, std::string_view variant) {
  const std::function<std::shared_ptr<ChosenLayout>()> make = [&] {
    return std::make_shared<ChosenLayout>(ChosenLayout{offered});
  };
  return ctx.weights
      .get<ChosenLayout>(constant, fmt::format("onednn layout for {} {}", fmt::join(offered.get_dims(), ","), variant), make)
      ->desc;
}

}  // namespace onnxrun::onednn
