// onnx-run explain: for every node who runs it, at which layout and precision, and why the others refused; which passes fired.
#include <fmt/core.h>

#include "tools/commands/commands.h"
#include "tools/io/common.h"
#include "tools/io/inputs.h"

namespace onnxrun::tools {
namespace {

void print_json(const std::string& model, const Explanation& e) {
  Json passes = Json::array(), nodes = Json::array();
  for (const auto& p : e.passes) {
    passes.push_back({{"name", p.name}, {"changed", p.changed}, {"disabled", p.disabled}, {"ms", p.milliseconds}, {"nodes_after", p.nodes_after}});
  }
  for (const auto& n : e.nodes) {
    Json refusals = Json::array();
    for (const auto& r : n.refusals) refusals.push_back({{"backend", r.backend}, {"reason", r.reason}});
    nodes.push_back({{"name", n.name}, {"op", n.op}, {"outputs", n.outputs}, {"backend", n.backend}, {"kernel", n.kernel}, {"note", n.note},
                     {"refusals", refusals}});
  }
  Json all{{"model", model}, {"math", e.math}, {"threads", e.threads}, {"backends", e.backends}, {"load_ms", e.load_milliseconds}, {"batch_part", e.batch_part},
           {"passes", passes}, {"nodes", nodes}};
  if (e.copies > 0) all["crossings"] = {{"copies", e.copies}, {"bytes", e.copied_bytes}};
  if (e.replay.stretches > 0) {
    all["replay"] = {{"stretches", e.replay.stretches}, {"steps", e.replay.steps}, {"recordings", e.replay.recordings}, {"why_not", e.replay.why_not}};
  }
  fmt::print("{}\n", all.dump(2));
}

void print_text(const Explanation& e) {
  fmt::print("math {}, {} threads, backends", e.math, e.threads);
  for (const auto& b : e.backends) fmt::print(" {}", b);
  if (e.batch_part > 0) fmt::print("; batches run in parts of at most {}", e.batch_part);
  if (e.copies > 0) fmt::print("; {} copies between memories, {} bytes of known size", e.copies, e.copied_bytes);
  if (e.replay.stretches > 0) {
    fmt::print("\n{} steps in {} stretches are {}", e.replay.steps, e.replay.stretches,
               e.replay.why_not.empty() ? "replayed as one each" : "started one by one: " + e.replay.why_not);
  }
  fmt::print("\n\npasses that changed the graph:\n");
  for (const auto& p : e.passes) {
    if (p.changed) fmt::print("  {:<28} {:>8.2f} ms  {} nodes left\n", p.name, p.milliseconds, p.nodes_after);
    if (p.disabled) fmt::print("  {:<28} disabled\n", p.name);
  }
  fmt::print("\nnodes:\n");
  for (const auto& n : e.nodes) {
    fmt::print("  {} {}\n    {} {}{}{}\n", n.op, n.name, n.backend, n.kernel, n.note.empty() ? "" : "; ", n.note);
    for (const auto& type : n.outputs) fmt::print("    -> {}\n", type);
    for (const auto& r : n.refusals) fmt::print("    not {}: {}\n", r.backend, r.reason);
  }
}

}  // namespace

Action add_explain(Arguments app) {
  const auto common = add_common(app);
  const auto input = add_inputs(app);
  return [common, input] {
    Session session(model_file(common->model), common->options());
    // With concrete shapes the kernels are known, too.
    const bool run = input->given() || all_static(session.inputs());
    const std::vector<Tensor> inputs = run ? make_inputs(session.inputs(), *input, true).tensors : std::vector<Tensor>();
    if (run) session.run(inputs);
    Explanation e = session.explain();
    if (e.replay.stretches > 0) {  // a device says with the second run whether it can keep them
      session.run(inputs);
      e = session.explain();
    }
    common->json ? print_json(common->model, e) : print_text(e);
    return 0;
  };
}

}  // namespace onnxrun::tools
