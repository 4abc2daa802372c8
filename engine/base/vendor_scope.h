// VendorScope: marks the time that a thread spends inside a vendor library.
//
// The engine's own code allocates nothing while a plan runs; some libraries do their bookkeeping on the heap at every call
// and can't be told otherwise. A test that counts allocations leaves out those made while a VendorScope lives.
#pragma once

namespace onnxrun {

class VendorScope {
 public:
  VendorScope() { ++depth_; }
  ~VendorScope() { --depth_; }
  VendorScope(const VendorScope&) = delete;
  VendorScope& operator=(const VendorScope&) = delete;

  // Whether the calling thread is inside a vendor library now.
  static bool active() { return depth_ > 0; }

 private:
  static inline thread_local int depth_ = 0;
};

}  // namespace onnxrun
