#include "backends/acl/function.h"

#include <arm_compute/runtime/BlobLifetimeManager.h>
#include <arm_compute/runtime/IMemoryRegion.h>
#include <arm_compute/runtime/MemoryManagerOnDemand.h>
#include <arm_compute/runtime/PoolManager.h>

#include <algorithm>
#include <cassert>

namespace onnxrun::acl {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kSlot = arm::ACL_INT_VEC;  // no function looks into the pack

class ScratchRegion final : public arm::IMemoryRegion {
 public:
  ScratchRegion(std::uint8_t* const& base, std::size_t at, std::size_t size) : IMemoryRegion(size), base_(base), at_(at) {}
  std::unique_ptr<arm::IMemoryRegion> extract_subregion(std::size_t offset, std::size_t size) override {
    return std::make_unique<ScratchRegion>(base_, at_ + offset, size);
  }
  void* buffer() override { return base_ + at_; }
  const void* buffer() const override { return base_ + at_; }

 private:
  std::uint8_t* const& base_;
  std::size_t at_;
};

}  // namespace

void* ScratchAllocator::allocate(std::size_t, std::size_t) {
  assert(false && "pools ask for regions");
  return nullptr;
}

void ScratchAllocator::free(void*) {}

std::unique_ptr<arm::IMemoryRegion> ScratchAllocator::make_region(std::size_t size, std::size_t alignment) {
  const std::size_t step = std::max(alignment, kAlignment), at = (bytes_ + step - 1) / step * step;
  bytes_ = at + size;
  return std::make_unique<ScratchRegion>(base_, at, size);
}

FunctionOperation::FunctionOperation()
    : allocator_(std::make_unique<ScratchAllocator>()),
      manager_(std::make_shared<arm::MemoryManagerOnDemand>(std::make_shared<arm::BlobLifetimeManager>(),
                                                            std::make_shared<arm::PoolManager>())) {}

void FunctionOperation::ready(std::unique_ptr<arm::IFunction> function) {
  function_ = std::move(function);
  manager_->populate(*allocator_, 1);
}

arm::experimental::MemoryRequirements FunctionOperation::workspace() const {
  if (allocator_->bytes() == 0) return {};
  return {arm::experimental::MemoryInfo(kSlot, arm::experimental::MemoryLifetime::Temporary, allocator_->bytes(), 4096)};
}

void FunctionOperation::prepare(arm::ITensorPack&) { function_->prepare(); }

void FunctionOperation::run(arm::ITensorPack& pack) {
  if (const arm::ITensor* memory = pack.get_const_tensor(kSlot)) allocator_->bind(memory->buffer());
  function_->run();
}

}  // namespace onnxrun::acl
