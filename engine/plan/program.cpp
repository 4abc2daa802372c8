#include "engine/plan/program.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

// Some node derives a shape from the elements of `value`.
bool feeds_shape(const Graph& graph, ValueId value) {
  return std::ranges::any_of(graph.value(value).uses, [&](const Use& use) { return decides_shapes(*graph.node(use.node).op, use.input); }) &&
         !holds_objects(graph.value(value).type.dtype);
}

void keep_constants(const Graph& graph, WeightCache& weights) {
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    if (v.live && v.is_constant()) weights.keep(v.constant);
  }
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const Node& n = graph.node(static_cast<NodeId>(i));
    if (!n.live) continue;
    for (const auto& sub : n.subgraphs) keep_constants(*sub.graph, weights);
  }
}

// The device to which every reader copies the graph's input.
Device* sole_reader(const Graph& graph, ValueId input, const Partitions& partitions) {
  Device* found = nullptr;
  if (graph.is_output(input)) return nullptr;
  for (const Use& use : graph.value(input).uses) {
    const Node& n = graph.node(use.node);
    Device* to = is_copy(n) ? writes_to(n, *partitions.nodes[index(use.node)].backend) : nullptr;
    if (to == nullptr || (found != nullptr && found != to)) return nullptr;
    found = to;
  }
  return found;
}

Tensor copy_of(const TensorView& view) {
  return Tensor::borrow(view.dtype, Shape(view.shape.begin(), view.shape.end()), static_cast<const void*>(view.data)).clone();
}

}  // namespace

Plan::Plan() = default;
Plan::~Plan() = default;

Program::Program(Graph graph, std::shared_ptr<const Partitions> partitions, std::shared_ptr<const ProgramContext> context)
    : graph_(std::move(graph)), partitions_(std::move(partitions)), context_(std::move(context)) {
  for (const ValueId in : graph_.inputs) {
    contents_matter_.push_back(feeds_shape(graph_, in));
    read_on_.push_back(sole_reader(graph_, in, *partitions_));
  }
  keep_constants(graph_, *context_->weights);
}

bool Program::static_inputs() const {
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    if (contents_matter_[i] || !graph_.value(graph_.inputs[i]).type.static_shape()) return false;
  }
  return true;
}

bool keyed_by_contents(const Program& program, std::size_t i, const TensorView& input, const Device* memory) {
  return program.contents_matter(i) && memory == nullptr && dtype_bytes(input.dtype, input.size) <= kMaxKeyBytes;
}

bool Program::matches(const Entry& entry, std::span<const TensorView> inputs, const Memories& memories) const {
  for (std::size_t i = inputs.size(); i < entry.devices.size(); ++i) {
    if (entry.devices[i] != memories.output(i - inputs.size())) return false;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (entry.devices[i] != memories.input(i) || !std::ranges::equal(entry.shapes[i], inputs[i].shape)) return false;
    if (!entry.contents[i]) continue;
    if (std::memcmp(entry.contents[i].data(), inputs[i].data, entry.contents[i].bytes()) != 0) return false;
  }
  return true;
}

std::shared_ptr<const Plan> Program::find(std::span<const TensorView> inputs, const Memories& memories) const {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : cache_) {
    if (!matches(entry, inputs, memories)) continue;
    entry.last_use = ++clock_;
    return entry.plan;
  }
  return nullptr;
}

std::shared_ptr<const Plan> Program::plan_for(std::span<const TensorView> inputs, const Memories& memories) const {
  if (auto plan = find(inputs, memories)) return plan;
  const std::lock_guard build(build_mutex_);
  if (auto plan = find(inputs, memories)) return plan;

  Entry entry;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    entry.shapes.emplace_back(inputs[i].shape.begin(), inputs[i].shape.end());
    entry.contents.push_back(keyed_by_contents(*this, i, inputs[i], memories.input(i)) ? copy_of(inputs[i]) : Tensor());
    entry.devices.push_back(memories.input(i));
  }
  for (std::size_t i = 0; i < graph_.outputs.size(); ++i) entry.devices.push_back(memories.output(i));
  entry.plan = specialise(*this, inputs, memories);
  auto plan = entry.plan;

  const std::lock_guard lock(mutex_);
  entry.last_use = ++clock_;
  if (static_cast<int>(cache_.size()) >= std::max(context_->plan_cache, 1)) {
    cache_.erase(std::ranges::min_element(cache_, {}, &Entry::last_use));
  }
  cache_.push_back(std::move(entry));
  return plan;
}

std::shared_ptr<const Plan> Program::latest() const {
  const std::lock_guard lock(mutex_);
  const auto newest = std::ranges::max_element(cache_, {}, &Entry::last_use);
  return newest == cache_.end() ? nullptr : newest->plan;
}

int Program::plans() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(cache_.size());
}

}  // namespace onnxrun
