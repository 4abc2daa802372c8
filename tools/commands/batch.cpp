// onnx-run batch: scores a folder of images or a file of texts into JSON lines, in the order of the input, on all devices of the backend
// that is named.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

#include "onnxrun/error.h"
#include "tools/batch/scorer.h"
#include "tools/commands/commands.h"
#include "tools/io/common.h"
#include "tools/io/output_file.h"

namespace onnxrun::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct BatchOptions {
  std::string input, output, task;
  int batch = 16;
  TaskOptions results;
};

Task make_task(const std::string& name, const ModelDirectory& folder, const Session& session, const TaskOptions& options) {
  if (name == "text-classification" || name == "embedding") return make_text_task(name, folder, session, options);
  if (name == "image-classification") return make_image_task(folder, session, options);
  throw Error(ErrorCode::kUsage, fmt::format("there is no task {}; there are text-classification, embedding and image-classification", name));
}

// Lines go to FILE.partial, which becomes FILE at the end; "-" is standard output.
class Output {
 public:
  explicit Output(const std::string& target) {
    if (target != "-") file_.emplace(target, target + ".partial");
  }
  void line(const Json& j) {
    const std::string text = j.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    file_ ? keep([&] { file_->write(text); }) : fmt::print("{}", text);
  }
  void finish() {
    if (file_) keep([&] { file_->finish(); });
  }

 private:
  template <class F>
  void keep(const F& write) {
    try {
      write();
    } catch (const Error& e) {
      throw Error(e.code(), file_->partial().empty() ? e.what() : fmt::format("{}; what was scored is in {}", e.what(), file_->partial().string()));
    }
  }

  std::optional<OutputFile> file_;
};

// Rows done, on a terminal only, a few times a second.
class Progress {
 public:
  Progress(std::size_t total, bool quiet) : total_(total), shown_(!quiet && isatty(STDERR_FILENO) != 0) {}
  void at(std::size_t done) {
    const auto now = Clock::now();
    if (!shown_ || (now < next_ && done < total_)) return;
    next_ = now + std::chrono::milliseconds(200);
    const double seconds = std::chrono::duration<double>(now - start_).count();
    fmt::print(stderr, "\r{} of {} rows, {:.1f} rows/s ", done, total_, static_cast<double>(done) / std::max(seconds, 1e-9));
    if (done == total_) fmt::print(stderr, "\n");
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  std::size_t total_;
  bool shown_;
  Clock::time_point start_ = Clock::now(), next_ = start_;
};

int score_all(const CommonOptions& common, const BatchOptions& options) {
  const ModelDirectory folder = open_model_directory(common.model);
  const auto tell = [](const std::string& sentence) { fmt::print(stderr, "{}\n", sentence); };
  std::vector<DeviceSession> sessions = open_sessions(folder.model, common.options(), tell);
  const Task task = make_task(options.task.empty() ? folder.guess_task() : options.task, folder, sessions.front().session, options.results);
  std::vector<Row> rows = task.list(options.input);
  Scorer scorer(sessions, task, options.batch, tell);
  Output output(options.output);
  Progress progress(rows.size(), common.quiet);

  // While one window is scored, the next is read.
  const auto prepare = [&](std::size_t begin) {
    std::vector<Row> part(std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(begin)),
                          std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(std::min(begin + scorer.window(), rows.size()))));
    for (Row& row : part) {
      if (row.error.empty()) task.prepare(row);
    }
    return part;
  };
  std::size_t failed = 0;
  std::future<std::vector<Row>> next = std::async(std::launch::async, prepare, std::size_t{0});
  for (std::size_t begin = 0; begin < rows.size(); begin += scorer.window()) {
    const std::vector<Row> part = next.get();
    if (begin + scorer.window() < rows.size()) next = std::async(std::launch::async, prepare, begin + scorer.window());
    const std::vector<Json> results = scorer.score(part);
    for (std::size_t i = 0; i < part.size(); ++i) {
      failed += results[i].contains("error");
      Json line = part[i].id;
      line.update(results[i]);
      output.line(line);
    }
    progress.at(begin + part.size());
  }
  output.finish();
  const double seconds = progress.seconds();
  if (!common.quiet) {
    fmt::print(stderr, "{} rows scored, {} failed, in {:.2f} s: {:.2f} rows/s{}\n", rows.size() - failed, failed, seconds,
               static_cast<double>(rows.size()) / std::max(seconds, 1e-9), sessions.size() > 1 ? "; " + scorer.crew().rows_by_member() : "");
  }
  return failed == rows.size() ? static_cast<int>(ErrorCode::kMismatch) : 0;
}

}  // namespace

Action add_batch(Arguments app) {
  const auto common = add_common(app);
  const auto options = std::make_shared<BatchOptions>();
  app.add("--input", options->input, "Folder of images, or a file of texts (.txt: one a line, .jsonl: {\"text\": ...})").required();
  app.add("--output", options->output, "JSON lines file to write; - for standard output").required();
  app.add("--task", options->task, "image-classification, text-classification or embedding; else from config.json");
  app.add("--batch", options->batch, "Rows that are run together").range(1, 65536);
  app.add("--top", options->results.top, "How many of the best labels to report").range(1, 1000000);
  app.add("--label-key", options->results.label_key, "Name of the label in the output, such as sentiment")
      .none_of({"embedding", "error", "file", "id", "score", "text", "top"});
  app.add_flag("--normalize", options->results.normalize, "Scale embeddings to length 1");
  return [common, options] {
    options->results.quiet = common->quiet;
    return score_all(*common, *options);
  };
}

}  // namespace onnxrun::tools
