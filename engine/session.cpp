#include "onnxrun/session.h"

#include <algorithm>
#include <array>

#include "engine/backend/device.h"
#include "engine/base/check.h"
#include "engine/base/thread_pool.h"
#include "engine/explain.h"
#include "engine/import/import.h"
#include "engine/ir/text.h"
#include "engine/model.h"
#include "engine/run/batch_parts.h"
#include "engine/run/rank_team.h"
#include "onnxrun/device_tensor.h"
#include "onnxrun/version.h"

namespace onnxrun {

const char* version() noexcept { return "0.1.0"; }

struct Session::Impl {
  Impl(std::shared_ptr<const Model> loaded, const Options& o)
      : model(std::move(loaded)), parts(*model->program), budget(o.memory_limit), arenas(budget), profiler(o.profile ? std::make_unique<Profiler>() : nullptr) {}

  const std::shared_ptr<const Model> model;
  const BatchParts parts;
  MemoryBudget budget;
  ArenaPool arenas;
  const std::unique_ptr<Profiler> profiler;

  const Graph& graph() const { return model->program->graph(); }
  void check_inputs(std::span<const Tensor> inputs) const;
  void check_list(std::size_t i, const Tensor& given, const ValueInfo& want) const;
  void check_dims(std::size_t i, std::span<const Tensor> inputs) const;
  void enter_device(const DeviceTensor& tensor, const std::string& name) const;
  void run(std::span<const Tensor> inputs, std::span<Tensor> outputs, const RunOptions& options, const Memories* memories = nullptr);
};

Session::Session(const std::filesystem::path& file, const Options& options)
    : impl_(std::make_unique<Impl>(load_model(file, options), options)) {}
Session::Session(std::span<const std::byte> bytes, const Options& options)
    : impl_(std::make_unique<Impl>(load_model(bytes, options), options)) {}
Session::Session(std::shared_ptr<const Model> model, const Options& options) : impl_(std::make_unique<Impl>(std::move(model), options)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const std::vector<ValueInfo>& Session::inputs() const { return impl_->model->inputs; }
const std::vector<ValueInfo>& Session::outputs() const { return impl_->model->outputs; }

void Session::Impl::check_inputs(std::span<const Tensor> inputs) const {
  const auto& want = model->inputs;
  require(ErrorCode::kUsage, inputs.size() == want.size(), "{} inputs given, the model takes {}", inputs.size(), want.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require(ErrorCode::kUsage, static_cast<bool>(inputs[i]), "input {} is empty, want {}", want[i].name, want[i].type);
    require(ErrorCode::kUsage, inputs[i].dtype() == want[i].dtype, "input {} has type {}, want {}", want[i].name, dtype_name(inputs[i].dtype()),
            want[i].type);
    if (want[i].ranked) check_dims(i, inputs);
    if (is_list(inputs[i].dtype())) check_list(i, inputs[i], want[i]);
  }
}

// What the list `given`, which is input i or an element of it, holds.
void Session::Impl::check_list(std::size_t i, const Tensor& given, const ValueInfo& want) const {
  const std::vector<Tensor>& list = given.list();
  const std::string& name = model->inputs[i].name;
  if (want.dtype == DType::kMap) {
    const bool whole = list.size() == 2 && list[0].dtype() == want.key && list[0].shape().size() == 1 && !list[1].shape().empty() &&
                       list[0].size() == list[1].shape()[0] && (want.element.empty() || list[1].dtype() == want.element[0].dtype);
    require(ErrorCode::kUsage, whole, "input {} has a map that is no {}", name, want.type);
    return;
  }
  require(ErrorCode::kUsage, want.dtype == DType::kSequence || list.size() <= 1, "input {} is an optional with {} values", name, list.size());
  if (want.element.empty()) return;
  const ValueInfo& element = want.element[0];
  for (std::size_t k = 0; k < list.size(); ++k) {
    const Tensor& t = list[k];
    bool fits = t.dtype() == element.dtype && (!element.ranked || t.shape().size() == element.dims.size());
    for (std::size_t d = 0; fits && element.ranked && d < element.dims.size(); ++d) {
      fits = element.dims[d].size < 0 || element.dims[d].size == t.shape()[d];
    }
    require(ErrorCode::kUsage, fits, "element {} of input {} is {}, want {}", k, name, Type::tensor(t.dtype(), dims_of(t.shape())).str(),
            element.type);
    if (is_list(t.dtype())) check_list(i, t, element);
  }
}

void Session::Impl::check_dims(std::size_t i, std::span<const Tensor> inputs) const {
  const auto& want = model->inputs;
  const Shape& shape = inputs[i].shape();
  // Built only when it is needed: a run allocates nothing.
  const auto wrong_shape = [&] {
    fail(ErrorCode::kUsage, "input {} has shape {}, want {}", want[i].name, dims_str(dims_of(shape)), want[i].type);
  };
  if (shape.size() != want[i].dims.size()) wrong_shape();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const DimInfo& dim = want[i].dims[d];
    if (dim.size >= 0 && dim.size != shape[d]) wrong_shape();
    if (dim.size >= 0) continue;
    // The same symbol means the same size everywhere.
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t e = 0; e < (j == i ? d : want[j].dims.size()); ++e) {
        if (want[j].dims[e].symbol != dim.symbol || e >= inputs[j].shape().size() || inputs[j].shape()[e] == shape[d]) continue;
        fail(ErrorCode::kUsage, "dimension {} is {} in input {} but {} in input {}", dim.symbol, inputs[j].shape()[e], want[j].name, shape[d],
             want[i].name);
      }
    }
  }
}

namespace {

// As far away as there are times for long limits; past for negative ones.
std::chrono::steady_clock::time_point deadline_after(std::chrono::nanoseconds limit) {
  using Time = std::chrono::steady_clock::time_point;
  const Time now = std::chrono::steady_clock::now();
  return limit >= Time::max() - now ? Time::max() : now + limit;
}

}  // namespace

void Session::Impl::run(std::span<const Tensor> inputs, std::span<Tensor> outputs, const RunOptions& options, const Memories* memories) {
  require(ErrorCode::kUsage, outputs.size() == model->outputs.size(), "{} output tensors given, the model makes {}", outputs.size(),
          model->outputs.size());
  check_inputs(inputs);
  // Views of the inputs, without allocating for the usual number of them.
  std::array<TensorView, 32> few;
  std::vector<TensorView> many(inputs.size() > few.size() ? inputs.size() : 0);
  const std::span<TensorView> views = many.empty() ? std::span(few).first(inputs.size()) : std::span(many);
  std::ranges::transform(inputs, views.begin(), view_of);

  RunEnvironment env{arenas, budget, model->context->parallel, profiler.get()};
  if (profiler) env.run_number = profiler->begin_run();
  if (options.time_limit.count() != 0) env.deadline = deadline_after(options.time_limit);
  env.cancel = options.cancel;
  if (options.watch) env.watch = &options.watch;
  const ThreadPool::Busy busy(ThreadPool::process());
  if (model->team != nullptr) return model->team->execute(views, outputs, env);
  memories == nullptr ? parts.execute(views, outputs, env) : execute(*model->program, views, outputs, env, *memories);
}

// A caller's tensor may be used by what this thread queues from here on.
void Session::Impl::enter_device(const DeviceTensor& tensor, const std::string& name) const {
  if (tensor.device() == nullptr) return;
  require(ErrorCode::kUsage, std::ranges::any_of(model->backends, [&](const Backend* b) { return device_of(*b) == tensor.device(); }),
          "{} is in the memory of a device that no backend of this session works on", name);
  if (tensor.stream() != nullptr) tensor.device()->wait_for(tensor.stream());
}

void Session::run(std::span<const DeviceTensor> inputs, std::span<DeviceTensor> outputs, const RunOptions& options) {
  require(ErrorCode::kUsage, impl_->model->team == nullptr, "tensors in a device's memory for a model that is divided over several; give the host's");
  std::vector<Tensor> in, out;
  std::vector<Device*> in_devices, out_devices;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    impl_->enter_device(inputs[i], fmt::format("input {}", i));
    const bool stays = i < impl_->graph().inputs.size() && inputs[i].device() == impl_->model->program->read_on(i);
    in.push_back(stays ? inputs[i].tensor_ : inputs[i].to_host());
    in_devices.push_back(stays ? inputs[i].device() : nullptr);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) impl_->enter_device(outputs[i], fmt::format("output {}", i));
  for (DeviceTensor& output : outputs) {  // after the last refusal: the caller keeps what it gave
    out.push_back(std::move(output.tensor_));
    out_devices.push_back(output.device());
  }
  const auto give_back = [&] {
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].tensor_ = std::move(out[i]);
  };
  const Memories memories{in_devices, out_devices};
  try {
    impl_->run(in, out, options, &memories);
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
}

std::vector<Tensor> Session::run(std::span<const Tensor> inputs, const RunOptions& options) {
  std::vector<Tensor> outputs(impl_->model->outputs.size());
  impl_->run(inputs, outputs, options);
  return outputs;
}

void Session::run(std::span<const Tensor> inputs, std::span<Tensor> outputs, const RunOptions& options) {
  impl_->run(inputs, outputs, options);
}

std::map<std::string, Tensor> Session::run(const std::map<std::string, Tensor>& named, const RunOptions& options) {
  std::vector<Tensor> ordered;
  std::string known;
  for (const ValueInfo& info : inputs()) {
    known += (known.empty() ? "" : ", ") + info.name;
    const auto at = named.find(info.name);
    require(ErrorCode::kUsage, at != named.end(), "input {} ({}) is missing", info.name, info.type);
    ordered.push_back(at->second);
  }
  for (const auto& [name, tensor] : named) {
    require(ErrorCode::kUsage, std::ranges::any_of(inputs(), [&, &n = name](const ValueInfo& i) { return i.name == n; }),
            "the model has no input {}; it has {}", name, known);
  }
  std::vector<Tensor> results = run(std::span<const Tensor>(ordered), options);
  std::map<std::string, Tensor> out;
  for (std::size_t i = 0; i < results.size(); ++i) out.emplace(outputs()[i].name, std::move(results[i]));
  return out;
}

Explanation Session::explain() const {
  Explanation e = explain_model(*impl_->model);
  e.batch_part = impl_->parts.most_items();
  if (impl_->profiler) add_times(e, impl_->profiler->snapshot());
  return e;
}

Profile Session::profile() const { return impl_->profiler ? impl_->profiler->snapshot() : Profile{}; }
std::string Session::graph_text() const { return print_graph(impl_->graph()); }
void Session::save_optimized(const std::filesystem::path& file) const { export_onnx(impl_->graph(), file); }

MemoryUse Session::memory() const { return {impl_->budget.used(), impl_->budget.peak(), impl_->model->program->plans() + impl_->parts.plans()}; }

}  // namespace onnxrun
