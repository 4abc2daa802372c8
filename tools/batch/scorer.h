// Scorer: prepared rows to JSON, by sessions of one model that share the work.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "onnxrun/session.h"
#include "tools/batch/crew.h"
#include "tools/batch/task.h"

namespace onnxrun::tools {

struct DeviceSession {
  std::string device;  // "cuda:1"; "" for the only session
  Session session;
};

// One session for each device that `options` name, where "cuda" stands for all of its devices; or the one that they mean, when that is a
// single device or none. A device that fails is left out and `tell` gets a sentence; when all fail, the first one's Error is thrown.
std::vector<DeviceSession> open_sessions(const std::filesystem::path& model, const Options& options,
                                         const std::function<void(const std::string&)>& tell);

class Scorer {
 public:
  // The sessions and the task must outlive it. `batch` rows are run together.
  Scorer(std::vector<DeviceSession>& sessions, const Task& task, int batch, std::function<void(const std::string&)> tell);

  std::size_t window() const;  // rows that score() should get at once
  // One object for each row, in the order of the rows: results, or {"error": ...}. Similar lengths run together.
  std::vector<Json> score(const std::vector<Row>& rows);
  const Crew& crew() const { return crew_; }

 private:
  void run(std::size_t member, const std::vector<Row>& rows, const RowNumbers& part, std::vector<Json>& out);

  std::vector<DeviceSession>& sessions_;
  const Task& task_;
  std::size_t batch_, fixed_ = 0;
  std::vector<std::vector<Tensor>> outputs_;  // by session
  Crew crew_;
};

}  // namespace onnxrun::tools
