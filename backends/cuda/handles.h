// What the device library makes ready for one size: products and convolutions. Those that are alike are made once and shared,
// while anybody uses them.
#pragma once

#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backends/cuda/choices.h"
#include "backends/cuda/library.h"

namespace onnxrun::cuda {

// A handle of the library with what it said when it was made.
class Handle {
 public:
  using Drop = void (*)(void*);
  Handle(void* handle, Drop drop, std::size_t workspace, std::string how)
      : handle_(handle), drop_(drop), workspace_(workspace), how_(std::move(how)) {}
  ~Handle() { drop_(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void* get() const { return handle_; }
  std::size_t workspace() const { return workspace_; }
  const std::string& how() const { return how_; }

 private:
  void* handle_;
  Drop drop_;
  std::size_t workspace_;
  std::string how_;
};

// The members of a specification, one after the other: equal keys, equal handles. Padding has no part in it, nor a convolution's plan,
// which is chosen by the rest.
std::string key_of(const ProductSpec& spec);
std::string key_of(const ConvSpec& spec);
std::string key_of(const AttentionArgs& args);  // its pointers have no part in it

// At most `capacity` handles stay, the least recently asked for go first; one in use lives on until its last user is gone.
// Thread-safe; two that ask for the same make it twice at worst, and get the same.
class HandleCache {
 public:
  explicit HandleCache(std::size_t capacity) : capacity_(capacity) {}
  template <class Make>
  std::shared_ptr<const Handle> get(const std::string& key, Make&& make) {
    if (auto found = find(key)) return found;
    return keep(key, make());
  }
  std::size_t size() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const Handle>>;
  std::shared_ptr<const Handle> find(const std::string& key);
  std::shared_ptr<const Handle> keep(const std::string& key, std::shared_ptr<const Handle> made);

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards what follows
  std::list<Entry> entries_;  // most recent first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

// Through the cache; `what` says who asks. Throws Error.
std::shared_ptr<const Handle> product_handle(HandleCache& cache, const Api& api, std::string_view what, const ProductSpec& spec);
// The plan is the one that `choices` has, or that measuring finds where they are wanted; else, and where it fails, the heuristics' first.
std::shared_ptr<const Handle> conv_handle(HandleCache& cache, Choices& choices, const Api& api, std::string_view what, const ConvSpec& spec);
// get() is null where the library has no fused kernel for it.
std::shared_ptr<const Handle> attention_handle(HandleCache& cache, const Api& api, const AttentionArgs& args);

}  // namespace onnxrun::cuda
