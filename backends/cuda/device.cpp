#include "backends/cuda/device.h"

namespace onnxrun::cuda {
namespace {

// Idle memory that the pool may keep: a sixteenth of the card's.
std::size_t kept_bytes(const DeviceFacts& facts) { return facts.memory / 16; }

}  // namespace

CudaDevice::CudaDevice(const Library& library)
    : api_(*library.api), facts_(library.facts), driver_(api_), pool_(driver_, kept_bytes(facts_)), staging_(api_) {
  // Kernels reach about half of what the clocks say.
  if (facts_.flops_per_us > 0) costs_.flops_per_us = facts_.flops_per_us / 2;
  if (facts_.bytes_per_us > 0) costs_.bytes_per_us = facts_.bytes_per_us / 2;
}

std::byte* CudaDevice::Driver::allocate(std::size_t bytes) {
  void* memory = nullptr;
  Failure why{};
  const Status status = api_.allocate(bytes, &memory, &why);
  if (status == Status::kOutOfMemory) return nullptr;
  check("allocate on the GPU", status, why);
  return static_cast<std::byte*>(memory);
}

void CudaDevice::Driver::release(std::byte* block) noexcept {
  Failure ignored;
  api_.release(block, &ignored);
}

}  // namespace onnxrun::cuda
