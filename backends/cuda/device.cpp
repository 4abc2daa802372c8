#include "backends/cuda/device.h"

#include "backends/cuda/group.h"

namespace onnxrun::cuda {
namespace {

// Idle memory that the pool may keep: a sixteenth of the card's.
std::size_t kept_bytes(const DeviceFacts& facts) { return facts.memory / 16; }

}  // namespace

CudaDevice::CudaDevice(const Library& library)
    : api_(*library.api), number_(library.device), facts_(library.facts), driver_(library), pool_(driver_, kept_bytes(facts_)), staging_(api_) {
  // Kernels reach about half of what the clocks say.
  if (facts_.flops_per_us > 0) costs_.flops_per_us = facts_.flops_per_us / 2;
  if (facts_.bytes_per_us > 0) costs_.bytes_per_us = facts_.bytes_per_us / 2;
}

std::byte* CudaDevice::Driver::allocate(std::size_t bytes) {
  void* memory = nullptr;
  Failure why{};
  call("turn to the GPU", api_.use, number_);
  const Status status = api_.allocate(bytes, &memory, &why);
  if (status == Status::kOutOfMemory) return nullptr;
  check("allocate on the GPU", status, why);
  return static_cast<std::byte*>(memory);
}

void CudaDevice::Driver::release(std::byte* block) noexcept {
  Failure ignored;
  api_.use(number_, &ignored);
  api_.release(block, &ignored);
}

bool CudaDevice::broadcast(std::byte* from, std::size_t bytes, std::span<Device* const> others, std::span<std::byte* const> to) {
  std::vector<std::pair<int, std::byte*>> members{{number_, from}};
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto* other = dynamic_cast<const CudaDevice*>(others[i]);
    if (other == nullptr || &other->api_ != &api_) return false;
    members.emplace_back(other->number_, to[i]);
  }
  return cuda::broadcast(api_, std::move(members), bytes);
}

}  // namespace onnxrun::cuda
