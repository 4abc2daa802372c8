#include "backends/acl/scheduler.h"

#include <arm_compute/core/CPP/ICPPKernel.h>
#include <arm_compute/core/ITensorPack.h>
#include <arm_compute/runtime/Scheduler.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "engine/base/vendor_scope.h"

namespace onnxrun::acl {
namespace {

constexpr int kExactParts = 16;

thread_local const TurnScope* current = nullptr;

}  // namespace

class PoolScheduler final : public arm_compute::IScheduler {
 public:
  void set_num_threads(unsigned int) override {}
  unsigned int num_threads() const override { return current == nullptr ? 1 : static_cast<unsigned>(current->parts_); }

  void schedule(arm_compute::ICPPKernel* kernel, const Hints& hints) override {
    arm_compute::ITensorPack none;
    schedule_op(kernel, hints, kernel->window(), none);
  }

  void schedule_op(arm_compute::ICPPKernel* kernel, const Hints& hints, const arm_compute::Window& window,
                   arm_compute::ITensorPack& tensors) override {
    if (TurnScope::runs(kernel->name())) schedule_common(kernel, hints, window, tensors);
  }

  // The only workloads with a tag are those that pack B. Part t of n packs what is between t / n and (t + 1) / n of all; before
  // that it tells the product where packed B lies. That is all that parts beyond the end do.
  void run_tagged_workloads(std::vector<Workload>& workloads, const char* /*tag*/) override {
    const Turn turn = current == nullptr ? Turn::kRun : current->turn_;
    if (turn == Turn::kRun) return run_workloads(workloads);
    if (turn == Turn::kName) return;
    const int n = static_cast<int>(workloads.size());
    for (int t = 0; t < n; ++t) workloads[static_cast<std::size_t>(t)](info(n + t, n));
  }

 protected:
  // A part's number tells a kernel which of its working memories is free, and some kernels which part of the work is meant.
  void run_workloads(std::vector<Workload>& workloads) override {
    const int n = static_cast<int>(workloads.size()), parts = std::min(n, static_cast<int>(num_threads()));
    std::atomic<int> next = parts;
    TurnScope::parallel().tasks(parts, [&](int part) {
      const VendorScope vendor;
      for (int i = part; i < n; i = next.fetch_add(1)) workloads[static_cast<std::size_t>(i)](info(part, parts));
    });
  }

 private:
  arm_compute::ThreadInfo info(int part, int parts) {
    arm_compute::ThreadInfo info;
    info.thread_id = part;
    info.num_threads = parts;
    info.cpu_info = &cpu_info();
    return info;
  }
};

void install_scheduler() { arm_compute::Scheduler::set(std::make_shared<PoolScheduler>()); }

int parts_for(const PrepareContext& ctx) { return ctx.math == Math::kExact ? kExactParts : ctx.parallel.threads(); }

TurnScope::TurnScope(Parallel parallel, int parts, Turn turn, std::vector<std::string>* names)
    : parallel_(parallel), parts_(parts), turn_(turn), names_(names), previous_(current) {
  current = this;
}

TurnScope::~TurnScope() { current = previous_; }

Parallel TurnScope::parallel() { return current == nullptr ? Parallel() : current->parallel_; }

bool TurnScope::runs(std::string_view name) {
  if (current == nullptr) return true;
  if (current->names_ != nullptr) current->names_->emplace_back(name);
  return current->turn_ == Turn::kRun;
}

}  // namespace onnxrun::acl
