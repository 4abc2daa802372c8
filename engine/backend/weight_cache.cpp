#include "engine/backend/weight_cache.h"

namespace onnxrun {

std::shared_ptr<void> WeightCache::get(const Tensor& constant, const std::string& key,
                                       const std::function<std::shared_ptr<void>()>& make) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = entries_[{constant.data(), key}];
    if (!slot) slot = std::make_shared<Entry>();
    entry = slot;
  }
  std::call_once(entry->once, [&] { entry->value = make(); });  // a throwing make leaves the entry open for a retry
  return entry->value;
}

std::size_t WeightCache::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace onnxrun
