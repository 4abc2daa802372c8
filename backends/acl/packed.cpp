#include "backends/acl/packed.h"

#include <cstring>
#include <mutex>

namespace onnxrun::acl {
namespace {

struct PackedForms {
  Tensor source;  // keeps the address, by which the cache knows the constant, from being used again
  mutable std::mutex mutex;
  mutable std::vector<std::shared_ptr<Tensor>> forms;  // guarded by mutex
};

}  // namespace

std::shared_ptr<Tensor> zeroed(std::size_t bytes, std::size_t alignment) {
  auto memory = std::make_shared<Tensor>(DType::kUInt8, Shape{static_cast<std::int64_t>(bytes + alignment)});
  std::memset(memory->data(), 0, memory->bytes());
  return memory;
}

std::byte* aligned(const Tensor& memory, std::size_t alignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  return reinterpret_cast<std::byte*>((address + alignment - 1) / alignment * alignment);
}

std::shared_ptr<Tensor> shared(PrepareContext& ctx, const Tensor& weights, std::shared_ptr<Tensor> memory,
                               std::size_t alignment) {
  const std::function<std::shared_ptr<PackedForms>()> make = [&] {
    auto forms = std::make_shared<PackedForms>();
    forms->source = weights;
    return forms;
  };
  const auto known = ctx.weights.get<PackedForms>(weights, "acl", make);
  const std::lock_guard lock(known->mutex);
  for (const auto& form : known->forms) {
    const bool same = form->bytes() == memory->bytes() &&
                      std::memcmp(aligned(*form, alignment), aligned(*memory, alignment), memory->bytes() - alignment) == 0;
    if (same) return form;
  }
  known->forms.push_back(memory);
  return memory;
}

}  // namespace onnxrun::acl
