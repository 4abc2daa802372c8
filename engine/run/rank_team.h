// RankTeam: one model on several devices, each with a program of its own and a thread that runs it. The programs meet at their
// onnxrun.AllReduce nodes, which are the same ones in the same order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "engine/backend/device_link.h"
#include "engine/run/executor.h"

namespace onnxrun {

class RankTeam {
 public:
  // The programs of all ranks in order, which outlive the team, and the group of their devices.
  RankTeam(std::vector<const Program*> programs, DeviceGroup& group);
  ~RankTeam();
  RankTeam(const RankTeam&) = delete;
  RankTeam& operator=(const RankTeam&) = delete;

  // As onnxrun::execute(), which every rank does with these inputs: the first on the calling thread, its outputs are the result. A rank that
  // fails makes the others end, too, and its Error is thrown; the next run finds all as it was. Thread-safe; one run at a time.
  void execute(std::span<const TensorView> inputs, std::span<Tensor> outputs, const RunEnvironment& env);
  std::size_t size() const { return programs_.size(); }

 private:
  void serve(std::size_t rank);
  void run_rank(std::size_t rank, std::span<Tensor> outputs);

  const std::vector<const Program*> programs_;
  DeviceGroup& group_;
  std::vector<std::vector<Tensor>> unread_;  // outputs of the ranks but the first
  // Of the run under way; set while no rank works.
  std::span<const TensorView> inputs_;
  const RunEnvironment* env_ = nullptr;
  std::mutex mutex_;  // guards what follows
  std::condition_variable started_, ended_;
  std::uint64_t round_ = 0;
  std::size_t working_ = 0;
  bool closing_ = false;
  std::exception_ptr first_;         // that failed
  std::vector<std::thread> threads_;  // of the ranks but the first
};

}  // namespace onnxrun
