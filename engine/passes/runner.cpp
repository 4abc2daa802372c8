// optimize(): the dull work around every pass.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/text.h"
#include "engine/ir/verify.h"
#include "engine/passes/pipeline.h"

namespace onnxrun {
namespace {

void check_known(const std::string& name, std::span<const Pass> passes) {
  if (std::ranges::any_of(passes, [&](const Pass& p) { return p.name == name; })) return;
  std::vector<std::string_view> known;
  for (const Pass& p : passes) {
    if (std::ranges::find(known, p.name) == known.end()) known.push_back(p.name);
  }
  fail(ErrorCode::kUsage, "there is no pass '{}'; the passes are: {}", name, fmt::join(known, ", "));
}

// What a pass added without a type gets one; nodes whose inputs have none stay as they are.
void infer_untyped(Graph& graph) {
  for (const NodeId id : graph.topological_order()) {
    const bool untyped = std::ranges::any_of(graph.node(id).outputs, [&](ValueId v) {
      return v != ValueId::kNone && graph.value(v).type.dtype == DType::kUndefined;
    });
    if (untyped) infer_node(graph, id);
  }
}

// The surrounding graph first: what it learns (a constant that a branch captures) reaches the subgraphs in the same pass.
bool run_everywhere(Graph& graph, const Pass& pass, const PassContext& ctx) {
  bool changed = pass.run(graph, ctx);
  if (changed) {
    graph.remove_dead();
    infer_untyped(graph);
  }
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.node(id).live) continue;
    bool inside = false;
    for (Subgraph& sub : graph.node(id).subgraphs) inside |= run_everywhere(*sub.graph, pass, ctx);
    if (inside) infer_node(graph, id);
    changed |= inside;
  }
  return changed;
}

std::size_t count_nodes(const Graph& graph) {
  std::size_t count = graph.live_nodes();
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const Node& n = graph.node(static_cast<NodeId>(i));
    for (const Subgraph& sub : n.subgraphs) count += n.live ? count_nodes(*sub.graph) : 0;
  }
  return count;
}

void compact_everywhere(Graph& graph) {
  graph.compact();
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    for (Subgraph& sub : graph.node(static_cast<NodeId>(i)).subgraphs) compact_everywhere(*sub.graph);
  }
}

// Best effort: a graph that a pass left broken may not print.
void dump(const Graph& graph, std::string_view pass) {
  const char* folder = std::getenv("ONNXRUN_DUMP");
  if (folder == nullptr || *folder == '\0') return;
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::ofstream out(std::filesystem::path(folder) / fmt::format("{}.txt", pass));
  try {
    out << print_graph(graph);
  } catch (const Error& e) {
    out << "// the graph can't be printed: " << e.what() << "\n";
  }
}

bool run_checked(Graph& graph, const Pass& pass, const PassContext& ctx) {
  try {
    const bool changed = run_everywhere(graph, pass, ctx);
    if (changed) verify(graph);
    return changed;
  } catch (const Error& e) {
    dump(graph, pass.name);
    throw Error(e.code(), fmt::format("while running pass {}: {}", pass.name, e.what()));
  }
}

}  // namespace

std::vector<PassReport> optimize(Graph& graph, const PassContext& ctx, const PipelineOptions& options,
                                 std::span<const Pass> passes) {
  for (const std::string& name : options.disabled) check_known(name, passes);
  if (!options.stop_after.empty()) check_known(options.stop_after, passes);
  // A name that stands in several rows stops after the last of them.
  std::size_t end = passes.size();
  while (!options.stop_after.empty() && passes[end - 1].name != options.stop_after) --end;

  graph.remove_dead();
  std::vector<PassReport> reports;
  for (const Pass& pass : passes.first(end)) {
    PassReport report{.name = std::string(pass.name)};
    report.disabled = std::ranges::find(options.disabled, pass.name) != options.disabled.end();
    const auto start = std::chrono::steady_clock::now();
    if (!report.disabled) report.changed = run_checked(graph, pass, ctx);
    report.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    report.nodes_after = count_nodes(graph);
    reports.push_back(std::move(report));
  }
  compact_everywhere(graph);
  return reports;
}

}  // namespace onnxrun
