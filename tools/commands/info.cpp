// onnx-run info: what a model is.
#include <fmt/core.h>

#include "tools/commands/commands.h"
#include "tools/io/common.h"

namespace onnxrun::tools {
namespace {

Json values_json(const std::vector<ValueInfo>& values) {
  Json out = Json::array();
  for (const ValueInfo& v : values) {
    Json dims = Json::array();
    for (const DimInfo& d : v.dims) dims.push_back(d.size >= 0 ? Json(d.size) : Json(d.symbol));
    Json entry = {{"name", v.name}, {"type", v.type}, {"dtype", dtype_name(v.dtype)}};
    if (v.ranked && !is_list(v.dtype)) entry["shape"] = dims;
    out.push_back(std::move(entry));
  }
  return out;
}

void print_json(const std::string& path, const ModelInfo& m) {
  Json j = {{"model", path}, {"graph", m.graph_name}, {"producer", m.producer}, {"domain", m.domain}, {"doc", m.doc},
            {"ir_version", m.ir_version}, {"model_version", m.model_version}, {"opsets", m.opsets}, {"metadata", m.metadata},
            {"inputs", values_json(m.inputs)}, {"outputs", values_json(m.outputs)}, {"operators", m.operators},
            {"parameters", m.parameters}, {"parameter_bytes", m.parameter_bytes}, {"flops", m.flops}, {"unsupported", m.unsupported}};
  fmt::print("{}\n", j.dump(2));
}

// 25557032 -> "25.56 M"
std::string human(double value) {
  for (const auto& [unit, size] : {std::pair{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}}) {
    if (value >= size) return fmt::format("{:.2f} {}", value / size, unit);
  }
  return fmt::format("{}", value);
}

void print_text(const std::string& path, const ModelInfo& m) {
  fmt::print("{}: graph {}, made by {}, IR version {}\n", path, m.graph_name.empty() ? "(unnamed)" : m.graph_name,
             m.producer.empty() ? "(unknown)" : m.producer, m.ir_version);
  for (const auto& [domain, version] : m.opsets) fmt::print("opset {} of {}\n", version, domain.empty() ? "ai.onnx" : domain);
  for (const ValueInfo& v : m.inputs) fmt::print("input  {}: {}\n", v.name, v.type);
  for (const ValueInfo& v : m.outputs) fmt::print("output {}: {}\n", v.name, v.type);
  fmt::print("{} parameters, {}B; {}FLOP a run (symbolic dimensions counted as 1)\n", human(static_cast<double>(m.parameters)),
             human(static_cast<double>(m.parameter_bytes)), human(static_cast<double>(m.flops)));
  for (const auto& [key, value] : m.metadata) fmt::print("metadata {} = {}\n", key, value);
  std::vector<std::vector<std::string>> rows = {{"operator", "nodes"}};
  for (const auto& [name, count] : m.operators) rows.push_back({name, std::to_string(count)});
  print_table(rows);
  for (const auto& name : m.unsupported) fmt::print("unsupported: {}\n", name);
}

}  // namespace

Action add_info(Arguments app) {
  const auto common = add_common(app);
  return [common] {
    const ModelInfo info = inspect(model_file(common->model));
    common->json ? print_json(common->model, info) : print_text(common->model, info);
    return 0;
  };
}

}  // namespace onnxrun::tools
