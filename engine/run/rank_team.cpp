#include "engine/run/rank_team.h"

namespace onnxrun {

RankTeam::RankTeam(std::vector<const Program*> programs, DeviceGroup& group) : programs_(std::move(programs)), group_(group), unread_(programs_.size()) {
  for (std::size_t rank = 1; rank < programs_.size(); ++rank) {
    unread_[rank].resize(programs_[rank]->graph().outputs.size());
    threads_.emplace_back([this, rank] { serve(rank); });
  }
}

RankTeam::~RankTeam() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  started_.notify_all();
  for (std::thread& t : threads_) t.join();
}

void RankTeam::serve(std::size_t rank) {
  for (std::uint64_t seen = 0;;) {
    {
      std::unique_lock lock(mutex_);
      started_.wait(lock, [&] { return closing_ || round_ != seen; });
      if (closing_) return;
      seen = round_;
    }
    run_rank(rank, unread_[rank]);
    const std::scoped_lock lock(mutex_);
    if (--working_ == 0) ended_.notify_one();
  }
}

void RankTeam::run_rank(std::size_t rank, std::span<Tensor> outputs) {
  try {
    RunEnvironment own = *env_;
    if (rank > 0) own.profiler = nullptr, own.watch = nullptr;
    onnxrun::execute(*programs_[rank], inputs_, outputs, own);
  } catch (...) {
    {
      const std::scoped_lock lock(mutex_);
      if (first_ == nullptr) first_ = std::current_exception();
    }
    group_.give_up();
  }
}

void RankTeam::execute(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env) {
  const std::scoped_lock turn(group_.turn());
  group_.renew();
  inputs_ = inputs;
  env_ = &env;
  {
    const std::scoped_lock lock(mutex_);
    first_ = nullptr;
    working_ = threads_.size();
    ++round_;
  }
  started_.notify_all();
  run_rank(0, outputs);
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return working_ == 0; });
  if (first_ != nullptr) std::rethrow_exception(std::exchange(first_, nullptr));
}

}  // namespace onnxrun
