#include "backends/onednn/threadpool.h"

#include "backends/onednn/status.h"
#include "engine/base/vendor_scope.h"

namespace onnxrun::onednn {
namespace {

constexpr int kExactParts = 16;

// The adapter whose task the calling thread is in, to refuse parallelism within parallelism.
thread_local const PoolAdapter* current_task = nullptr;

class TaskScope {
 public:
  explicit TaskScope(const PoolAdapter* adapter) : previous_(current_task) { current_task = adapter; }
  ~TaskScope() { current_task = previous_; }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

 private:
  const PoolAdapter* previous_;
};

}  // namespace

int parts_for(const PrepareContext& ctx) { return ctx.math == Math::kExact ? kExactParts : ctx.parallel.threads(); }

int product_parts_for(const PrepareContext& ctx) {
  const int parts = parts_for(ctx);
  return ctx.math == Math::kExact || parts == 1 ? parts : 4 * parts;
}

PartsScope::PartsScope(int parts) {
  check(dnnl_threadpool_interop_get_max_concurrency(&previous_), "read the number of threads");
  check(dnnl_threadpool_interop_set_max_concurrency(parts), "set the number of threads");
}

PartsScope::~PartsScope() { dnnl_threadpool_interop_set_max_concurrency(previous_); }

bool PoolAdapter::get_in_parallel() const { return current_task == this; }

void PoolAdapter::parallel_for(int n, const std::function<void(int, int)>& body) {
  parallel_.tasks(n, [&](int i) {
    const TaskScope scope(this);
    const VendorScope vendor;
    body(i, n);
  });
}

}  // namespace onnxrun::onednn
