#include "engine/model.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>

#include "engine/backend/device_weights.h"
#include "engine/backend/registry.h"
#include "engine/base/check.h"
#include "engine/base/processors.h"
#include "engine/base/thread_pool.h"
#include "engine/import/import.h"
#include "engine/partition/partition.h"
#include "engine/ranks.h"

namespace onnxrun {
namespace {

using Clock = std::chrono::steady_clock;

// Options::settings: "cuda:0,cuda:1", devices on which the file is going to have sessions: weights go to all of them at once.
constexpr const char* kDevices = "devices";
// "off": devices keep no steps.
constexpr const char* kReplay = "replay";

void check_options(const Options& options) {
  require(ErrorCode::kUsage, options.threads >= 0 && options.threads <= 1024, "threads is {}, want 0 (automatic) to 1024", options.threads);
  require(ErrorCode::kUsage, options.plan_cache >= 1, "plan_cache is {}, want at least 1", options.plan_cache);
  for (const auto& [key, value] : options.settings) {
    require(ErrorCode::kUsage, key == kDevices || key == kReplay || key == kRanks, "there is no setting called {}; there are {}, {} and {}", key, kDevices,
            kRanks, kReplay);
    require(ErrorCode::kUsage, key != kRanks || !options.settings.contains(kDevices),
            "both {} and {} are set; a model is divided over devices, or there are sessions on several", kDevices, kRanks);
    require(ErrorCode::kUsage, key != kReplay || value == "on" || value == "off", "{} is {}, want on or off", key, value);
  }
  for (const auto& [name, size] : options.dims) {
    require(ErrorCode::kUsage, size >= 0, "dimension {} is bound to {}, want at least 0", name, size);
  }
}

void describe_interface(Model& model, const Graph& graph) {
  for (const ValueId in : graph.inputs) model.inputs.push_back(describe_value(graph.value(in).name, graph.value(in).type));
  for (const Graph::Output& out : graph.outputs) model.outputs.push_back(describe_value(out.name, graph.value(out.value).type));
}

// The devices that the weights go to: the model's own, and those like them that the options name.
std::vector<Device*> devices_of(const Model& model, const Options& options) {
  std::vector<Device*> devices;
  const auto add = [&](const Backend* backend) {
    Device* device = device_of(*backend);
    if (device != nullptr && std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
  };
  for (const Backend* b : model.backends) add(b);
  const auto named = options.settings.find(kDevices);
  if (named == options.settings.end()) return devices;
  for (const std::string& name : names_in(named->second)) {
    const Backend* other = requested_backend(name);
    if (other != nullptr && std::ranges::any_of(model.backends, [&](const Backend* own) { return alike(own, other); })) add(other);
  }
  return devices;
}

// From the optimised graph on. What the graph's constants become in the devices' memories is shared by all of `devices`.
void finish_loading(Model& model, Graph graph, const Options& options) {
  if (const std::vector<Device*> devices = devices_of(model, options); !devices.empty()) {
    for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
      const Value& v = graph.value(static_cast<ValueId>(i));
      if (v.live && v.is_constant()) device_weights(*model.context->weights, v.constant)->share_with(devices);
    }
  }
  auto partitions = std::make_shared<const Partitions>(
      partition(graph, model.backends, options.backends.empty() ? Share::kByCosts : Share::kByOrder, model.context->math));
  model.program = std::make_unique<Program>(std::move(graph), std::move(partitions), model.context);
  if (!model.program->static_inputs()) return;
  std::vector<TensorView> shapes;
  std::vector<Shape> sizes;
  for (const ValueId in : model.program->graph().inputs) sizes.push_back(*model.program->graph().value(in).type.static_shape());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Type& type = model.program->graph().value(model.program->graph().inputs[i]).type;
    shapes.push_back({nullptr, type.dtype, Layout::kPlain, sizes[i], element_count(sizes[i])});
  }
  try {
    model.program->plan_for(shapes);
  } catch (const Error& e) {  // the sizes are the model's, too
    throw e.code() == ErrorCode::kUsage ? Error(ErrorCode::kBadModel, e.what()) : e;
  }
}

double milliseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// What a model is called in messages.
std::string name_of(const std::filesystem::path& file) { return file.string(); }
std::string name_of(std::span<const std::byte>) { return "the model"; }

template <class Source>
Graph read_graph(const Source& source, const Options& options) {
  return import_onnx(source, {.dims = options.dims}).graph;
}

// From the imported graph on: the path that every model takes; see engine/README.md.
std::shared_ptr<Model> make_model(Graph graph, const std::function<std::string()>& name, const Options& options, std::vector<const Backend*> backends,
                                  Ranks ranks = {}) {
  auto model = std::make_shared<Model>();
  model->backends = std::move(backends);
  model->threads = options.threads > 0 ? options.threads : available_processors();
  model->context = std::make_shared<ProgramContext>();
  model->context->math = effective_math(options.math);
  model->context->parallel = model->context->builders = Parallel(&ThreadPool::process(), model->threads);
  model->context->plan_cache = options.plan_cache;
  if (const auto replay = options.settings.find(kReplay); replay != options.settings.end()) model->context->replay = replay->second == "on";
  describe_interface(*model, graph);

  std::vector<BackendTraits> traits;
  for (const Backend* b : model->backends) traits.push_back(b->traits());
  with_context(name, [&] {
    model->passes = optimize(graph, {traits, model->context->math, std::move(ranks)}, {options.disabled_passes, options.stop_after});
    finish_loading(*model, std::move(graph), options);
  });
  return model;
}

template <class Source>
std::shared_ptr<const Model> load(const Source& source, const Options& options, std::vector<const Backend*> backends) {
  const auto start = Clock::now();
  auto model = make_model(read_graph(source, options), [&] { return name_of(source); }, options, std::move(backends));
  model->load_milliseconds = milliseconds_since(start);
  return model;
}

template <class Source>
std::shared_ptr<const Model> load_divided(const Source& source, const Options& options, const RankBackends& backends) {
  const auto start = Clock::now();
  const std::vector<std::string> members = members_of(backends);
  const Graph graph = read_graph(source, options);
  std::vector<std::shared_ptr<Model>> ranks;
  for (std::size_t r = 0; r < backends.size(); ++r) {
    ranks.push_back(make_model(graph, [&] { return name_of(source); }, options, backends[r], {members, static_cast<int>(r)}));
  }
  const auto& first = ranks.front();
  first->team = make_team(ranks);
  first->other_ranks.assign(ranks.begin() + 1, ranks.end());
  first->load_milliseconds = milliseconds_since(start);
  return first;
}

template <class Source>
std::shared_ptr<const Model> load(const Source& source, const Options& options) {
  check_options(options);
  if (const RankBackends ranks = backends_by_rank(options); !ranks.empty()) return load_divided(source, options, ranks);
  return load(source, options, select_backends(options.backends));
}

// Everything that an optimised graph depends on, but for the backends, as text.
std::string cache_key(const std::filesystem::path& file, const struct stat& st, const Options& o) {
  std::string key = fmt::format("{}|{}|{}|{}.{}|{}|{}|{}|{}|{}", std::filesystem::weakly_canonical(file).string(), st.st_ino, st.st_size,
                                st.st_mtim.tv_sec, st.st_mtim.tv_nsec, o.threads, math_name(effective_math(o.math)), o.plan_cache, o.stop_after,
                                o.backends.empty());
  for (const auto& [name, size] : o.dims) key += fmt::format("|{}={}", name, size);
  for (const auto& name : o.disabled_passes) key += "|-" + name;
  for (const auto& [name, value] : o.settings) key += fmt::format("|{}={}", name, value);
  return key;
}

}  // namespace

Model::Model() = default;
Model::~Model() = default;

bool alike(const Backend* a, const Backend* b) {
  const BackendTraits &s = a->traits(), &t = b->traits();
  return s.name == t.name && s.prefers_channels_last == t.prefers_channels_last && s.takes_channels_last == t.takes_channels_last &&
         s.fast_in == t.fast_in && s.takes == t.takes;
}

Math effective_math(Math math) {
  if (math != Math::kDefault) return math;
  const char* mode = std::getenv("DNNL_DEFAULT_FPMATH_MODE");
  if (mode == nullptr) mode = std::getenv("ONEDNN_DEFAULT_FPMATH_MODE");
  return mode != nullptr && std::string_view(mode) == "BF16" ? Math::kFast : math;
}

std::string_view math_name(Math math) {
  switch (math) {
    case Math::kExact: return "exact";
    case Math::kDefault: return "default";
    case Math::kFast: return "fast";
  }
  return "?";
}

ValueInfo describe_value(const std::string& name, const Type& type) {
  ValueInfo info{name, type.str(), type.dtype, type.ranked()};
  info.key = type.key;
  if (type.element) info.element.push_back(describe_value({}, *type.element));
  if (!type.ranked()) return info;
  for (const Dim& d : type.dims()) {
    info.dims.push_back(d.known() ? DimInfo{d.value(), {}} : DimInfo{-1, d.str()});
  }
  return info;
}

std::shared_ptr<const Model> load_model(const std::filesystem::path& file, const Options& options) {
  struct stat st {};
  require(::stat(file.c_str(), &st) == 0, "cannot read the model {}: {}", file.string(), std::strerror(errno));
  static std::mutex mutex;
  static auto& loaded = *new std::map<std::string, std::vector<std::weak_ptr<const Model>>>();
  const std::string key = cache_key(file, st, options);
  check_options(options);
  const RankBackends ranks = backends_by_rank(options);
  const std::vector<const Backend*> backends = ranks.empty() ? select_backends(options.backends) : ranks.front();
  // The one with these backends, or else with others that are alike; under the lock.
  const auto find = [&](bool same) {
    for (const auto& entry : loaded[key]) {
      if (auto model = entry.lock(); model != nullptr && (same ? model->backends == backends : std::ranges::equal(model->backends, backends, alike))) return model;
    }
    return std::shared_ptr<const Model>();
  };
  std::shared_ptr<const Model> beside;
  {
    const std::lock_guard lock(mutex);
    if (auto model = find(true)) return model;
    if (ranks.empty()) beside = find(false);
  }
  auto model = beside != nullptr ? load_beside(*beside, options, backends)
               : ranks.empty()  ? load_model(file, options, backends)
                                : load_ranks(file, options, ranks);
  const std::lock_guard lock(mutex);
  for (auto& [other, models] : loaded) std::erase_if(models, [](const auto& entry) { return entry.expired(); });
  if (auto other = find(true)) return other;  // another thread was quicker
  std::erase_if(loaded, [&](const auto& entry) { return entry.second.empty() && entry.first != key; });
  loaded[key].push_back(model);
  return model;
}

std::shared_ptr<const Model> load_model(std::span<const std::byte> bytes, const Options& options) { return load(bytes, options); }

std::shared_ptr<const Model> load_model(const std::filesystem::path& file, const Options& options, std::vector<const Backend*> backends) {
  return load(file, options, std::move(backends));
}

std::shared_ptr<const Model> load_ranks(const std::filesystem::path& file, const Options& options, const RankBackends& backends) {
  return load_divided(file, options, backends);
}

std::shared_ptr<const Model> load_beside(const Model& other, const Options& options, std::vector<const Backend*> backends) {
  const auto start = Clock::now();
  auto model = std::make_shared<Model>();
  model->inputs = other.inputs;
  model->outputs = other.outputs;
  model->backends = std::move(backends);
  model->passes = other.passes;
  model->threads = other.threads;
  model->context = other.context;
  // Partitioning puts the copies at the borders in again.
  finish_loading(*model, other.program->graph(), options);
  model->load_milliseconds = milliseconds_since(start);
  return model;
}

}  // namespace onnxrun
