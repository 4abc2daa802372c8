#include "backends/acl/rest.h"

#include <arm_compute/runtime/experimental/operators/CpuActivation.h>

#include "backends/acl/activation.h"
#include "backends/acl/scheduler.h"
#include "engine/base/half.h"

namespace onnxrun::acl {
namespace {

constexpr std::int64_t kGrain = 1 << 14;

struct Addends {
  int bias = -1, residual = -1;  // argument numbers
};

template <class T, class Finish>
void finish_each(const Rest& rest, Addends at, const Views& v, Finish finish) {
  const auto data = [&](int i) { return i < 0 ? nullptr : reinterpret_cast<const T*>(v[static_cast<std::size_t>(i)]->buffer()); };
  T* const y = reinterpret_cast<T*>(v[0]->buffer());
  const T *const bias = data(at.bias), *const residual = data(at.residual);
  const auto count = static_cast<std::int64_t>(v[0]->info()->tensor_shape().total_size());
  const std::int64_t inner = rest.sum.inner, channels = rest.sum.channels;
  TurnScope::parallel().range(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float sum = rest.scale * static_cast<float>(y[i]);
      if (bias != nullptr) sum += static_cast<float>(bias[i / inner % channels]);
      if (residual != nullptr) sum += static_cast<float>(residual[i]);
      y[i] = static_cast<T>(finish(sum));
    }
  });
}

// Loops that the compiler vectorises for what occurs in every network.
template <class T>
void finish(const Rest& rest, Addends at, const Views& v) {
  const ActivationSpec& a = rest.sum.activation;
  switch (a.kind) {
    case Activation::kNone:
      return finish_each<T>(rest, at, v, [](float x) { return x; });
    case Activation::kRelu:
      return finish_each<T>(rest, at, v, [](float x) { return x < 0 ? 0.0f : x; });
    default:
      return finish_each<T>(rest, at, v, [&](float x) { return apply(a.kind, x, a.alpha, a.beta); });
  }
}

void add_loop(AclKernel& kernel, const NodeView& node, const Rest& rest, const arm::TensorInfo& y, const Place& at) {
  std::vector<Argument> arguments = {{-1, y, at}};
  Addends addends;
  const auto add = [&](int input) {
    if (input < 0 || !node.has(input)) return -1;
    const Shape shape = node.in_shape(input);
    arguments.push_back({-1, dense_info(node.in(input).dtype, {element_count(shape)}), Place::input(input)});
    return static_cast<int>(arguments.size()) - 1;
  };
  addends.bias = add(rest.sum.bias);
  addends.residual = add(rest.sum.residual);
  if (addends.bias < 0 && addends.residual < 0 && rest.scale == 1 && rest.sum.activation.kind == Activation::kNone) return;
  kernel.add(loop_of("sum",
                     [rest, addends, dtype = node.out(0).dtype](const Views& v) {
                       return dtype == DType::kFloat16 ? finish<Float16>(rest, addends, v) : finish<float>(rest, addends, v);
                     }),
             std::move(arguments));
}

}  // namespace

void add_rest(AclKernel& kernel, const NodeView& node, const Rest& rest, const arm::TensorInfo& y, const Place& at) {
  const auto activation = library_activation(rest.sum.activation);
  const bool own = !activation || rest.sum.activation.kind == Activation::kRelu;
  Rest sum = rest;
  if (!own) sum.sum.activation = {};
  add_loop(kernel, node, sum, y, at);
  if (own || !activation->enabled()) return;
  const auto configure = [info = *activation](arm::experimental::op::CpuActivation& op, const Views& v) {
    op.configure(v[0]->info(), v[1]->info(), info);
  };
  kernel.add(operator_of<arm::experimental::op::CpuActivation>(configure), {{arm::ACL_SRC, y, at}, {arm::ACL_DST, y, at}});
}

}  // namespace onnxrun::acl
