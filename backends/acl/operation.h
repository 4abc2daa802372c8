// One step of a kernel: an operator or function of the library, or a loop of our own. Operators keep pointers from one call to
// the next, so every run state has its own.
#pragma once

#include <arm_compute/core/ITensorPack.h>
#include <arm_compute/core/experimental/Types.h>

#include <functional>
#include <memory>

#include "backends/acl/view.h"

namespace onnxrun::acl {

class Operation {
 public:
  virtual ~Operation() = default;
  // Memory that it needs besides its arguments, by the slot under which it looks for it in the pack.
  virtual arm::experimental::MemoryRequirements workspace() const { return {}; }
  // Packs constants into its persistent memory.
  virtual void prepare(arm::ITensorPack&) {}
  virtual void run(arm::ITensorPack& pack) = 0;
  // Whether prepare() under Turn::kAdopt leaves persistent memory that another one has packed as it is, and uses it.
  virtual bool adopts() const { return false; }
};

// Makes one for these arguments, in the order in which the kernel got them.
using MakeOperation = std::function<std::unique_ptr<Operation>(const Views&)>;

// An operator with a method `void configure(operator, views)` to be given.
template <class Operator>
class OperatorOperation : public Operation {
 public:
  arm::experimental::MemoryRequirements workspace() const override { return op.workspace(); }
  void prepare(arm::ITensorPack& pack) override { op.prepare(pack); }
  void run(arm::ITensorPack& pack) override { op.run(pack); }
  bool adopts() const override { return adopts_; }
  void set_adopts() { adopts_ = true; }

  Operator op;

 private:
  bool adopts_ = false;
};

template <class Operator, class Configure>
MakeOperation operator_of(Configure configure, bool adopts = false) {
  return [configure, adopts](const Views& v) -> std::unique_ptr<Operation> {
    auto made = std::make_unique<OperatorOperation<Operator>>();
    configure(made->op, v);
    if (adopts) made->set_adopts();
    return made;
  };
}

// A loop of our own over the arguments. Its parallelism is TurnScope::parallel().
class LoopOperation final : public Operation {
 public:
  LoopOperation(std::string_view name, const Views& views, std::function<void(const Views&)> body)
      : name_(name), views_(views), body_(std::move(body)) {}
  void run(arm::ITensorPack& pack) override;

 private:
  std::string_view name_;
  const Views& views_;
  std::function<void(const Views&)> body_;
};

inline MakeOperation loop_of(std::string_view name, std::function<void(const Views&)> body) {
  return [name, body = std::move(body)](const Views& v) -> std::unique_ptr<Operation> {
    return std::make_unique<LoopOperation>(name, v, body);
  };
}

}  // namespace onnxrun::acl
