#include "tools/io/common.h"

#include <fmt/core.h>

#include <algorithm>

#include "onnxrun/error.h"

namespace onnxrun::tools {
namespace {

std::int64_t parse_size(const std::string& text, const std::string& whole, const char* option) {
  std::size_t used = 0;
  std::int64_t value = -1;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || text.empty() || value < 0) {
    throw Error(ErrorCode::kUsage, fmt::format("{} {}: '{}' is not a size", option, whole, text));
  }
  return value;
}

}  // namespace

std::shared_ptr<CommonOptions> add_common(Arguments app, bool with_model) {
  auto o = std::make_shared<CommonOptions>();
  if (with_model) app.add("model", o->model, "Model file (.onnx), or a model directory with model.onnx in it").required();
  app.add("--backend", o->backends, "Backends in order of preference").delimiter(',').type_name("NAME,...");
  app.add("--threads", o->threads, "Threads that one run uses; 0 = what the container allows").range(0, 1024);
  app.add("--math", o->math, "exact, default or fast").one_of({"exact", "default", "fast"});
  app.add("--set", o->settings, "Other settings: replay=off starts every step on a device by itself").type_name("KEY=VALUE");
  app.add("--dim", o->dims, "Fix a symbolic dimension").type_name("NAME=SIZE");
  app.add("--disable-pass", o->disabled_passes, "Leave out a graph pass").delimiter(',').type_name("NAME,...");
  app.add("--stop-after", o->stop_after, "Last graph pass to run").type_name("NAME");
  app.add("--memory-limit", o->memory_limit_mb, "Ceiling for activations and outputs, in MB").type_name("MB").range(0, std::int64_t{1} << 40);
  app.add_flag("--json", o->json, "Print JSON");
  app.add_flag("--quiet", o->quiet, "Print results only");
  return o;
}

Options CommonOptions::options() const {
  Options out;
  out.backends = backends;
  out.threads = threads;
  out.math = math == "exact" ? Math::kExact : math == "fast" ? Math::kFast : Math::kDefault;
  for (const auto& s : settings) {
    const auto [key, value] = parse_pair(s, "--set");
    set_once(out.settings, key, value, "--set");
  }
  for (const auto& d : dims) {
    const auto [name, size] = parse_pair(d, "--dim");
    set_once(out.dims, name, parse_size(size, d, "--dim"), "--dim");
  }
  out.disabled_passes = disabled_passes;
  out.stop_after = stop_after;
  out.memory_limit = memory_limit_mb << 20;
  return out;
}

std::pair<std::string, std::string> parse_pair(const std::string& text, const char* option) {
  const auto at = text.find('=');
  if (at == std::string::npos || at == 0) throw Error(ErrorCode::kUsage, fmt::format("{} {}: want NAME=VALUE", option, text));
  return {text.substr(0, at), text.substr(at + 1)};
}

std::pair<std::string, Shape> parse_shape(const std::string& text) {
  auto [name, sizes] = parse_pair(text, "--shape");
  Shape shape;
  for (std::size_t begin = 0; !sizes.empty();) {
    const auto end = std::min(sizes.find('x', begin), sizes.size());
    shape.push_back(parse_size(sizes.substr(begin, end - begin), text, "--shape"));
    if (end == sizes.size()) break;
    begin = end + 1;
  }
  return {name, shape};
}

void given_twice(const std::string& name, const char* option) {
  throw Error(ErrorCode::kUsage, fmt::format("{} gives {} two values that differ", option, name));
}

std::filesystem::path model_file(const std::string& path) {
  const std::filesystem::path p(path);
  if (!std::filesystem::is_directory(p)) return p;
  if (!std::filesystem::exists(p / "model.onnx")) throw Error(ErrorCode::kUsage, fmt::format("{} is a directory without a model.onnx", path));
  return p / "model.onnx";
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    fmt::print("{}\n", line);
  }
}

}  // namespace onnxrun::tools
