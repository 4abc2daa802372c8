// CudaDevice: one GPU as the engine sees it, through the device library.
#pragma once

#include "backends/cuda/handles.h"
#include "backends/cuda/library.h"
#include "backends/cuda/memory_pool.h"
#include "backends/cuda/staging.h"
#include "engine/backend/device.h"
#include "engine/backend/device_link.h"

namespace onnxrun::cuda {

class CudaDevice final : public Device, public DeviceLink {
 public:
  explicit CudaDevice(const Library& library);
  const Api& api() const { return api_; }
  int number() const { return number_; }
  // Makes this the device of the calling thread: what is made and run next, is on it.
  void enter() const { call("turn to the GPU", api_.use, number_); }
  // The calling thread's stream on this device, which is the thread's from here on.
  Stream stream() const {
    enter();
    return api_.thread_stream();
  }
  const DeviceFacts& facts() const { return facts_; }
  const MemoryPool& pool() const { return pool_; }
  // For making some at once: the library makes them on the thread's device.
  HandleCache& handles() {
    enter();
    return handles_;
  }
  Choices& choices() { return choices_; }

  const DeviceCosts& costs() const override { return costs_; }
  std::byte* allocate(std::size_t bytes) override { return pool_.allocate(bytes); }
  void release(std::byte* memory) noexcept override { pool_.release(memory); }
  void copy_in(void* to, const void* from, std::size_t bytes) override {
    staging_.copy_in(to, from, bytes, stream());
  }
  void copy_out(void* to, const void* from, std::size_t bytes) override {
    staging_.copy_out(to, from, bytes, stream());
  }
  void finish() override { call("wait for the GPU", api_.finish, stream()); }
  bool broadcast(std::byte* from, std::size_t bytes, std::span<Device* const> others, std::span<std::byte* const> to) override;
  DeviceGroup& group_with(std::span<Device* const> others) override;
  void wait_for(void* other) override { call("wait for the caller's stream", api_.follow, stream(), other); }
  std::unique_ptr<Recording> record(const std::function<void()>& work, std::string& why_not) override;

 private:
  class Driver final : public BlockSource {
   public:
    explicit Driver(const Library& library) : api_(*library.api), number_(library.device) {}
    std::byte* allocate(std::size_t bytes) override;
    void release(std::byte* block) noexcept override;

   private:
    const Api& api_;
    const int number_;
  };

  const Api& api_;
  const int number_;
  DeviceFacts facts_;
  DeviceCosts costs_;
  Driver driver_;
  MemoryPool pool_;
  Staging staging_;
  HandleCache handles_{256};
  Choices choices_;
};

// What preparing a kernel of this backend gets beside the usual.
struct CudaContext : PrepareContext {
  CudaDevice& device;
};
inline CudaDevice& device_of(PrepareContext& ctx) { return static_cast<CudaContext&>(ctx).device; }

using DeviceBuffers = std::vector<std::shared_ptr<DeviceBuffer>>;

// A kernel that is one call of the library. `bind` puts the run's pointers into a copy of the arguments; what these point to
// beside the run's tensors is kept in `lists`.
template <class Args>
class LaunchKernel final : public Kernel {
 public:
  using Function = Status (*)(const Args&, Stream, Failure*);
  using Bind = void (*)(Args&, const KernelArgs&);
  LaunchKernel(PrepareContext& ctx, const char* what, Function Api::*function, const Args& args, Bind bind, int in_place = -1,
               DeviceBuffers lists = {})
      : device_(device_of(ctx)), what_(what), function_(device_.api().*function), args_(args), bind_(bind), in_place_(in_place), lists_(std::move(lists)) {}
  std::string describe() const override { return std::string("cuda ") + what_; }
  int in_place_input(int output) const override { return output == 0 ? in_place_ : -1; }
  void run(const KernelArgs& args) const override {
    Args bound = args_;
    bind_(bound, args);
    call(what_, function_, bound, device_.stream());
  }

 private:
  const CudaDevice& device_;
  const char* what_;
  Function function_;
  Args args_;
  Bind bind_;
  int in_place_;
  DeviceBuffers lists_;
};

}  // namespace onnxrun::cuda
