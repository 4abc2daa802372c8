// WeightCache: packed weights, made once and shared by all plans and all sessions of one model.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun {

// Thread-safe: two threads asking for the same entry build it once, distinct entries build in parallel.
class WeightCache {
 public:
  // What `make` returned for this constant and key ("onednn conv <layout>"), making it on first use. The constant is
  // identified by the address of its elements, so it must outlive the cache.
  std::shared_ptr<void> get(const Tensor& constant, const std::string& key, const std::function<std::shared_ptr<void>()>& make);
  // Typed: the cached object of type T.
  template <class T>
  std::shared_ptr<const T> get(const Tensor& constant, const std::string& key, const std::function<std::shared_ptr<T>()>& make) {
    return std::static_pointer_cast<const T>(get(constant, key, [&]() -> std::shared_ptr<void> { return make(); }));
  }
  std::size_t entries() const;

 private:
  struct Entry {
    std::once_flag once;
    std::shared_ptr<void> value;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<const void*, std::string>, std::shared_ptr<Entry>> entries_;
};

}  // namespace onnxrun
