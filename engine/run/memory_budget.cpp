#include "engine/run/memory_budget.h"

#include <algorithm>
#include <cstdlib>

#include "engine/backend/device.h"
#include "engine/base/check.h"
#include "engine/base/memory.h"

namespace onnxrun {

void MemoryBudget::take(std::uint64_t bytes, const char* what) {
  const std::uint64_t now = used_.fetch_add(bytes) + bytes;
  if (limit_ != 0 && now > limit_) {
    used_.fetch_sub(bytes);
    fail(ErrorCode::kOutOfResources, "{} needs {} bytes; with {} in use that passes the memory limit of {}. Use smaller inputs or raise the limit",
         what, bytes, now - bytes, limit_);
  }
  std::uint64_t peak = peak_.load();
  while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
  }
}

std::size_t fresh_bytes(const Tensor& output, DType dtype, std::span<const std::int64_t> shape) {
  const std::size_t bytes = dtype_bytes(dtype, element_count(shape));
  return bytes > output.capacity() ? bytes : 0;
}

Arena::Arena(std::size_t bytes, MemoryBudget& budget, Device* device) : budget_(budget), device_(device), bytes_((bytes + 63) / 64 * 64) {
  budget_.take(bytes_, "an arena for activations");
  data_ = device_ != nullptr ? device_->allocate(bytes_) : static_cast<std::byte*>(allocate_elements(bytes_));
  if (data_ == nullptr) {
    budget_.give_back(bytes_);
    fail(ErrorCode::kOutOfResources, "cannot allocate an arena of {} bytes{}", bytes_, device_ != nullptr ? " on the device" : "");
  }
}

Arena::~Arena() {
  if (device_ != nullptr) {
    device_->release(data_);
  } else {
    std::free(data_);
  }
  budget_.give_back(bytes_);
}

std::unique_ptr<Arena> ArenaPool::acquire(std::size_t bytes, Device* device) {
  std::unique_ptr<Arena> too_small;
  {
    const std::lock_guard lock(mutex_);
    const auto fit = std::ranges::find_if(idle_, [&](const auto& a) { return a->device() == device && a->bytes() >= bytes; });
    if (fit != idle_.end()) {
      auto arena = std::move(*fit);
      idle_.erase(fit);
      return arena;
    }
    const auto largest = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& a) { return a->device() == device; });
    if (largest != idle_.rend()) {
      too_small = std::move(*largest);
      idle_.erase(std::next(largest).base());
    }
  }
  too_small.reset();  // before the larger one is counted
  return std::make_unique<Arena>(bytes, budget_, device);
}

void ArenaPool::release(std::unique_ptr<Arena> arena) noexcept {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::upper_bound(idle_, arena->bytes(), {}, [](const auto& a) { return a->bytes(); });
  idle_.insert(at, std::move(arena));
}

}  // namespace onnxrun
