#include "engine/backend/weight_cache.h"

namespace onnxrun {

void WeightCache::keep(const Tensor& constant) {
  const std::lock_guard lock(mutex_);
  kept_.insert(constant.data());
}

WeightCache& WeightCache::home(const Tensor& constant) {
  WeightCache* found = this;
  for (WeightCache* cache = this; cache != nullptr; cache = cache->parent_.get()) {
    const std::lock_guard lock(cache->mutex_);
    if (cache->kept_.contains(constant.data())) found = cache;
  }
  return *found;
}

std::shared_ptr<void> WeightCache::get(const Tensor& constant, const std::string& key,
                                       const std::function<std::shared_ptr<void>()>& make) {
  if (WeightCache& other = home(constant); &other != this) return other.get(constant, key, make);
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = entries_[{constant.data(), key}];
    if (!slot) slot = std::make_shared<Entry>();
    entry = slot;
  }
  const std::lock_guard lock(entry->mutex);
  if (!entry->made) entry->value = make();  // a throwing make leaves the entry open for a retry
  entry->made = true;
  return entry->value;
}

std::size_t WeightCache::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace onnxrun
