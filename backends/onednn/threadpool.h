// oneDNN's view of the process's threads: its closures run on our Parallel.
#pragma once

#include <functional>
#include <oneapi/dnnl/dnnl_threadpool.hpp>

#include "engine/backend/backend.h"
#include "engine/base/parallel.h"

namespace onnxrun::onednn {

// In how many parts primitives divide their work. As a rule one per thread of the run. Under Math::kExact a fixed number,
// whatever the threads: oneDNN chooses its blocking, and with it the order of its sums, by the number of parts, so results
// stay the same when the parts are merely dealt out to more or fewer threads.
int parts_for(const PrepareContext& ctx);
// The same for matrix products, which divide into several parts per thread: each part's rows and columns stay in the core's own cache
// (with one part per core, BERT-base on two cores took a sixth longer), and a core that others slow down takes fewer.
int product_parts_for(const PrepareContext& ctx);

// While one of these lives, what the calling thread creates divides its work in `parts`.
class PartsScope {
 public:
  explicit PartsScope(int parts);
  ~PartsScope();
  PartsScope(const PartsScope&) = delete;
  PartsScope& operator=(const PartsScope&) = delete;

 private:
  int previous_ = 1;
};

// Synchronous; one per run state. bind() before every execution.
class PoolAdapter final : public dnnl::threadpool_interop::threadpool_iface {
 public:
  explicit PoolAdapter(int parts) : parts_(parts) {}
  void bind(Parallel parallel) { parallel_ = parallel; }

  int get_num_threads() const override { return parts_; }
  bool get_in_parallel() const override;
  void parallel_for(int n, const std::function<void(int, int)>& body) override;
  std::uint64_t get_flags() const override { return 0; }

 private:
  int parts_;
  Parallel parallel_;
};

}  // namespace onnxrun::onednn
