// onnx-run bench: load time, throughput and latency. The fields of the JSON are stable: scripts rely on them.
#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "onnxrun/error.h"
#include "tools/commands/commands.h"
#include "tools/io/common.h"
#include "tools/io/inputs.h"

namespace onnxrun::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  double seconds = 3;
  int warmup = 3;
  int streams = 1;
};

struct Measured {
  std::vector<double> latencies_ms;  // sorted
  double seconds = 0;
};

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Each stream runs the session again and again on the same inputs until the time is up, with outputs of its own.
Measured measure(Session& session, const std::vector<Tensor>& inputs, const BenchOptions& options) {
  std::vector<Tensor> warm(session.outputs().size());
  for (int i = 0; i < options.warmup; ++i) session.run(inputs, warm);
  Measured out;
  std::mutex mutex;
  std::exception_ptr failed;
  const auto start = Clock::now();
  const auto until = start + std::chrono::duration<double>(options.seconds);
  const auto stream = [&] {
    try {
      std::vector<Tensor> outputs(session.outputs().size());
      std::vector<double> mine;
      do {
        const auto begin = Clock::now();
        session.run(inputs, outputs);
        mine.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
      } while (Clock::now() < until);
      const std::lock_guard lock(mutex);
      out.latencies_ms.insert(out.latencies_ms.end(), mine.begin(), mine.end());
    } catch (...) {
      const std::lock_guard lock(mutex);
      failed = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (int s = 1; s < options.streams; ++s) threads.emplace_back(stream);
  stream();
  for (auto& t : threads) t.join();
  if (failed) std::rethrow_exception(failed);
  out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::ranges::sort(out.latencies_ms);
  return out;
}

double percentile(const std::vector<double>& sorted, double p) {
  const auto at = static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

// What ran, by how many nodes, in the order of the graph: the kernels' names tell how they compute, the element type what they give.
Json kernels_of(const Explanation& e) {
  Json kernels = Json::array();
  for (const NodeExplanation& node : e.nodes) {
    const std::string type = node.outputs.empty() ? "" : node.outputs[0].substr(0, node.outputs[0].find('['));
    const auto at = std::find_if(kernels.begin(), kernels.end(), [&](const Json& k) {
      return k["backend"] == node.backend && k["kernel"] == node.kernel && k["type"] == type;
    });
    if (at == kernels.end()) {
      kernels.push_back({{"backend", node.backend}, {"kernel", node.kernel}, {"type", type}, {"nodes", 1}});
    } else {
      (*at)["nodes"] = (*at)["nodes"].get<int>() + 1;
    }
  }
  return kernels;
}

Json report(const std::string& model, const Session& session, std::int64_t batch, const Measured& m) {
  const Explanation e = session.explain();
  double sum = 0;
  for (const double ms : m.latencies_ms) sum += ms;
  const auto n = m.latencies_ms.size();
  std::vector<std::string> used;
  for (const NodeExplanation& node : e.nodes) {
    if (std::ranges::find(used, node.backend) == used.end()) used.push_back(node.backend);
  }
  return {{"model", model}, {"backend", used}, {"math", e.math}, {"threads", e.threads}, {"batch", batch}, {"iterations", n},
          {"load_ms", e.load_milliseconds}, {"peak_rss_mb", peak_rss_mb()},
          {"throughput_per_s", static_cast<double>(n) * static_cast<double>(batch) / m.seconds},
          {"latency_ms", {{"min", m.latencies_ms.front()}, {"mean", sum / static_cast<double>(n)}, {"p50", percentile(m.latencies_ms, 0.5)},
                          {"p90", percentile(m.latencies_ms, 0.9)}, {"p99", percentile(m.latencies_ms, 0.99)}, {"max", m.latencies_ms.back()}}},
          {"kernels", kernels_of(e)}};
}

}  // namespace

Action add_bench(Arguments app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  const auto bench = std::make_shared<BenchOptions>();
  app.add("--batch", input->batch, "Size of a free first dimension").range(1, 1 << 20);
  app.add("--duration", bench->seconds, "Seconds to measure").non_negative(1e6);
  app.add("--warmup", bench->warmup, "Runs before measuring").range(0, 100000);
  app.add("--streams", bench->streams, "Runs at the same time").range(1, 1024);
  return [common, input, bench] {
    Session session(model_file(common->model), common->options());
    const Inputs in = make_inputs(session.inputs(), *input, common->quiet || common->json);
    const std::int64_t batch = in.tensors.empty() || in.tensors[0].shape().empty() ? 1 : in.tensors[0].shape()[0];
    const Json j = report(common->model, session, batch, measure(session, in.tensors, *bench));
    if (common->json) {
      fmt::print("{}\n", j.dump(2));
      return 0;
    }
    const Json& l = j["latency_ms"];
    fmt::print("{}: {} runs of batch {}, {} threads, math {}\n", common->model, j["iterations"].dump(), batch, j["threads"].dump(), common->math);
    fmt::print("load {:.0f} ms, peak memory {:.0f} MB, {:.2f} items/s\n", j["load_ms"].get<double>(), j["peak_rss_mb"].get<double>(),
               j["throughput_per_s"].get<double>());
    fmt::print("latency ms: min {:.3f}, mean {:.3f}, p50 {:.3f}, p90 {:.3f}, p99 {:.3f}, max {:.3f}\n", l["min"].get<double>(),
               l["mean"].get<double>(), l["p50"].get<double>(), l["p90"].get<double>(), l["p99"].get<double>(), l["max"].get<double>());
    return 0;
  };
}

}  // namespace onnxrun::tools
