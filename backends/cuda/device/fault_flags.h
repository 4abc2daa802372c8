// Where kernels leave a number other than 0 when they meet what can't be, such as an index outside of its tensor: a flag for every thread, as every
// thread has a stream of its own, and one for every recording, which any thread may replay. What one run does wrong is told to
// nobody else.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "backends/cuda/device/functions.h"

namespace onnxrun::cuda::device {

constexpr int kFaultSlab = 1024;  // flags

class FaultFlags {
 public:
  // kFaultSlab zeroes that host and device see at one address, never given back; null when there is no memory.
  using Allocate = int* (*)();
  explicit FaultFlags(Allocate allocate) : allocate_(allocate), shared_(allocate()) {
    for (int i = 1; shared_ != nullptr && i < kFaultSlab; ++i) idle_.push_back(shared_ + i);
  }
  bool usable() const { return shared_ != nullptr; }

  // One that is nobody else's, unless memory has run out: then they share the last.
  int* take() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) {
      int* slab = allocate_();
      if (slab == nullptr) return shared_;
      for (int i = 0; i < kFaultSlab; ++i) idle_.push_back(slab + i);
    }
    int* flag = idle_.back();
    idle_.pop_back();
    return flag;
  }
  void give(int* flag) {
    if (flag == shared_) return;
    const std::scoped_lock lock(mutex_);
    idle_.push_back(flag);
  }

 private:
  const Allocate allocate_;
  int* const shared_;
  std::mutex mutex_;  // guards what follows
  std::vector<int*> idle_;
};

// A flag, for as long as its thread or recording lives.
class FaultLease {
 public:
  explicit FaultLease(FaultFlags& flags) : flags_(flags), flag_(flags.take()) {}
  ~FaultLease() { flags_.give(flag_); }
  FaultLease(const FaultLease&) = delete;
  FaultLease& operator=(const FaultLease&) = delete;
  int* flag() const { return flag_; }
  // What a kernel left there; zero again from here on.
  int found() const { return __atomic_exchange_n(flag_, 0, __ATOMIC_RELAXED); }

 private:
  FaultFlags& flags_;
  int* flag_;
};

// The flags that concern a thread: its own, and those of what it has replayed since it last waited.
class ThreadFaults {
 public:
  explicit ThreadFaults(FaultFlags& flags) : own_(flags) { replayed_.reserve(64); }
  // Where kernels that this thread queues, or records, leave what they find.
  int* flag() const { return recording_ != nullptr ? recording_ : own_.flag(); }
  void record_into(int* flag) { recording_ = flag; }  // null: no longer
  void replays(int* flag) { replayed_.push_back(flag); }
  // What any of them found, once all work of the thread is done; zero again from here on.
  int found() {
    int found = own_.found();
    for (int* flag : replayed_) {
      const int here = __atomic_exchange_n(flag, 0, __ATOMIC_RELAXED);
      if (found == 0) found = here;
    }
    replayed_.clear();
    return found;
  }

 private:
  const FaultLease own_;
  int* recording_ = nullptr;
  std::vector<int*> replayed_;
};

// A thread's, by device: what is found on one is told to whoever waits for that one.
using FaultsByDevice = std::map<int, ThreadFaults>;

inline const char* fault_text(int found) {
  if (found == kFaultIndex) return "an index is out of range";
  if (found == kFaultDivision) return "integer division by zero";
  return "a value has left f16's range, which ends at 65504. Run it with --math default";
}

}  // namespace onnxrun::cuda::device
