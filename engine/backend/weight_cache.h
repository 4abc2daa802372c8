// WeightCache: packed weights, made once and shared by all plans and all sessions of one model. What a plan has folded for its own
// shapes is packed into a cache of the plan's, and goes with it: a model that sees ever new shapes does not grow.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "onnxrun/tensor.h"

namespace onnxrun {

// Thread-safe: two threads asking for the same entry build it once, distinct entries build in parallel.
class WeightCache {
 public:
  explicit WeightCache(std::shared_ptr<WeightCache> parent = nullptr) : parent_(std::move(parent)) {}

  // This constant lives as long as the cache: what is packed from it belongs here, also when a child is asked.
  void keep(const Tensor& constant);
  // What `make` returned for this constant and key ("onednn conv <layout>"), making it on first use. The constant is
  // identified by the address of its elements, so it must outlive the cache it goes to: the eldest one that keeps it, else this.
  std::shared_ptr<void> get(const Tensor& constant, const std::string& key, const std::function<std::shared_ptr<void>()>& make);
  // Typed: the cached object of type T.
  template <class T>
  std::shared_ptr<const T> get(const Tensor& constant, const std::string& key, const std::function<std::shared_ptr<T>()>& make) {
    return std::static_pointer_cast<const T>(get(constant, key, [&]() -> std::shared_ptr<void> { return make(); }));
  }
  std::size_t entries() const;

 private:
  WeightCache& home(const Tensor& constant);

  struct Entry {
    std::mutex mutex;  // held while the value is made; no once_flag, because making it may throw, and then the next who asks makes it
    bool made = false;
    std::shared_ptr<void> value;
  };
  const std::shared_ptr<WeightCache> parent_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_set<const void*> kept_;
  std::map<std::pair<const void*, std::string>, std::shared_ptr<Entry>> entries_;
};

}  // namespace onnxrun
