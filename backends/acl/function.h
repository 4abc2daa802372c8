// Functions of the library that keep their arguments, as operations: their working memory comes out of the kernel's scratch
// memory.
#pragma once

#include <arm_compute/runtime/IAllocator.h>
#include <arm_compute/runtime/IFunction.h>
#include <arm_compute/runtime/IMemoryManager.h>

#include "backends/acl/operation.h"

namespace onnxrun::acl {

// Places what a function asks for behind one another in memory that is known only when it runs.
class ScratchAllocator final : public arm::IAllocator {
 public:
  void* allocate(std::size_t size, std::size_t alignment) override;
  void free(void* memory) override;
  std::unique_ptr<arm::IMemoryRegion> make_region(std::size_t size, std::size_t alignment) override;

  std::size_t bytes() const { return bytes_; }
  void bind(std::uint8_t* base) { base_ = base; }

 private:
  std::size_t bytes_ = 0;
  std::uint8_t* base_ = nullptr;
};

class FunctionOperation final : public Operation {
 public:
  // The memory manager for a function's constructor; ready() once the function is configured.
  FunctionOperation();
  const std::shared_ptr<arm::IMemoryManager>& manager() const { return manager_; }
  void ready(std::unique_ptr<arm::IFunction> function);

  arm::experimental::MemoryRequirements workspace() const override;
  void prepare(arm::ITensorPack& pack) override;
  void run(arm::ITensorPack& pack) override;

 private:
  std::unique_ptr<ScratchAllocator> allocator_;
  std::shared_ptr<arm::IMemoryManager> manager_;
  std::unique_ptr<arm::IFunction> function_;
};

// A function that is made with a memory manager where its class takes one; configure(function, views).
template <class Function, class Configure>
MakeOperation function_of(Configure configure) {
  return [configure](const Views& v) -> std::unique_ptr<Operation> {
    auto made = std::make_unique<FunctionOperation>();
    std::unique_ptr<Function> function;
    if constexpr (std::is_constructible_v<Function, std::shared_ptr<arm::IMemoryManager>>) {
      function = std::make_unique<Function>(made->manager());
    } else {
      function = std::make_unique<Function>();
    }
    configure(*function, v);
    made->ready(std::move(function));
    return made;
  };
}

}  // namespace onnxrun::acl
