// Convolutions by cuDNN's graphs, channels-last. Three tries: the whole of act(conv + residual + bias) as one graph, the
// convolution alone with a kernel after it, and our own kernel for what cuDNN has no good engine for. Plans come from its heuristics.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "backends/cuda/device/cudnn_graph.h"

namespace onnxrun::cuda::device {
namespace {

enum Uid : std::int64_t { kX = 1, kW, kY, kBias, kResidual };

// cuDNN's engine that takes everything and uses no tensor cores. With most activations it is the only one that is there ready-made, so
// the convolution alone by another engine is better.
constexpr const char* kGeneric = "eng0";

struct Conv {
  ConvSpec spec;
  std::shared_ptr<fe::graph::Graph> graph;  // null: by our own kernel
  bool fused = false;                       // bias, residual and activation are part of it
};

// [n, c, spatial...] lying channels-last; cuDNN wants two spatial dimensions at least.
fe::graph::Tensor_attributes tensor(Uid uid, const Sizes& sizes, Elem type) {
  Sizes strides(sizes.size());
  strides[1] = 1;
  std::int64_t step = sizes[1];
  for (std::size_t d = sizes.size(); d-- > 2;) {
    strides[d] = step;
    step *= sizes[d];
  }
  strides[0] = step;
  fe::graph::Tensor_attributes t;
  t.set_uid(uid).set_dim(sizes).set_stride(strides).set_data_type(data_type(type));
  return t;
}

// Sets the mode for the activation; false: cuDNN has none.
bool set_activation(const FusedEnd& end, fe::graph::Pointwise_attributes& options) {
  using Mode = fe::PointwiseMode_t;
  switch (end.activation) {
    case Code::kRelu:
      options.set_mode(Mode::RELU_FWD);
      return true;
    case Code::kLeakyRelu:
      options.set_mode(Mode::RELU_FWD).set_relu_lower_clip_slope(end.p);
      return true;
    case Code::kClip:
      options.set_mode(Mode::RELU_FWD).set_relu_lower_clip(end.p).set_relu_upper_clip(end.q);
      return end.p == 0 && end.q > 0;
    case Code::kSigmoid:
      options.set_mode(Mode::SIGMOID_FWD);
      return true;
    case Code::kTanh:
      options.set_mode(Mode::TANH_FWD);
      return true;
    case Code::kSwish:
      options.set_mode(Mode::SWISH_FWD);
      return end.p == 1;
    case Code::kGelu:
      options.set_mode(Mode::GELU_FWD);
      return true;
    case Code::kGeluTanh:
      options.set_mode(Mode::GELU_APPROX_TANH_FWD);
      return true;
    default:
      return false;
  }
}

fe::graph::Pointwise_attributes sum() {
  fe::graph::Pointwise_attributes options;
  options.set_mode(fe::PointwiseMode_t::ADD).set_compute_data_type(fe::DataType_t::FLOAT);
  return options;
}

// Without `fused`, only the convolution. Null when something of the end can't be said in cuDNN's words.
std::shared_ptr<fe::graph::Graph> describe(const Cudnn& lib, const ConvSpec& s, bool fused) {
  auto graph = new_graph(lib, s.type);
  Sizes x{s.batch, s.channels}, w{s.filters, s.channels / s.groups}, y{s.batch, s.filters}, before, after, strides, dilations;
  for (int d = s.spatial == 3 ? 0 : 1; d < 3; ++d) {
    const WindowAxis& a = s.axes[d];
    x.push_back(a.in), w.push_back(a.kernel), y.push_back(a.out);
    before.push_back(a.pad_begin), after.push_back(a.pad_end), strides.push_back(a.stride), dilations.push_back(a.dilation);
  }
  fe::graph::Conv_fprop_attributes options;
  options.set_pre_padding(before).set_post_padding(after).set_stride(strides).set_dilation(dilations);
  auto result = graph->conv_fprop(graph->tensor(tensor(kX, x, s.type)), graph->tensor(tensor(kW, w, s.type)), options);
  // In this order: cuDNN's ready-made kernels are for act(conv + residual + bias), the other way it would compile one at load, where it can.
  if (fused && s.residual) result = graph->pointwise(result, graph->tensor(tensor(kResidual, y, s.type)), sum());
  if (fused && s.bias) {
    Sizes sizes(x.size(), 1);
    sizes[1] = s.filters;
    result = graph->pointwise(result, graph->tensor(tensor(kBias, sizes, s.type)), sum());
  }
  if (fused && s.end.activation != Code::kCopy) {
    fe::graph::Pointwise_attributes act;
    act.set_compute_data_type(fe::DataType_t::FLOAT);
    if (!set_activation(s.end, act)) return nullptr;
    result = graph->pointwise(result, act);
  }
  const fe::graph::Tensor_attributes lies = tensor(kY, y, s.type);
  result->set_output(true).set_uid(kY).set_data_type(data_type(s.type)).set_dim(lies.get_dim()).set_stride(lies.get_stride());
  return graph;
}

bool fits(const ConvSpec& s) {
  const auto fine = [](std::int64_t n) { return n > 0 && n < (std::int64_t{1} << 31); };
  bool all = fine(s.batch) && fine(s.channels) && fine(s.filters);
  for (const WindowAxis& a : s.axes) all = all && fine(a.in) && fine(a.out);
  return all;
}

// The first of the two graphs that another engine than the generic one has a plan for, or else the first that has any.
void choose(Conv& c, Cudnn& lib) {
  const ConvSpec& s = c.spec;
  // cuDNN has a ready-made kernel for some depthwise convolutions in f16, without what follows them; for others it has the generic engine, or
  // compiles one, for half a second.
  if (!fits(s) || (is_depthwise(s) && s.plan == 0)) return;
  for (const bool fused : {true, false}) {
    auto graph = describe(lib, s, fused);
    if (graph == nullptr) continue;
    const std::scoped_lock lock(lib.mutex);
    if (plan(*graph, lib, s.plan, s.precision != Precision::kExact || s.type != Elem::kF32).is_bad()) continue;
    const bool last = engine_of(*graph) != kGeneric || s.plan > 0;
    if (c.graph != nullptr && !last) continue;
    c.graph = std::move(graph);
    c.fused = fused;
    if (last) return;
  }
}

}  // namespace

Status make_conv(const ConvSpec& spec, void** conv, std::size_t* workspace, char (&how)[64], Failure* why) {
  auto c = std::make_unique<Conv>();
  c->spec = spec;
  Cudnn& lib = cudnn();
  if (const char* no = lib.refusal()) return refuse(Status::kFailed, why, no);
  try {
    choose(*c, lib);
  } catch (const std::exception& e) {
    return refuse(Status::kFailed, why, e.what());
  }
  if (c->graph == nullptr && spec.plan > 0) return refuse(Status::kFailed, why, "cuDNN has no such plan");
  if (c->graph == nullptr) {
    *workspace = 0;
    std::snprintf(how, sizeof how, "convolution, own kernel");
  } else {
    *workspace = static_cast<std::size_t>(c->graph->get_workspace_size());
    const int said = std::snprintf(how, sizeof how, "cuDNN%s, %.20s", c->fused ? ", fused" : "", engine_of(*c->graph).c_str());
    if (spec.plan > 0) std::snprintf(how + said, sizeof how - static_cast<std::size_t>(said), ", plan %d", spec.plan);
  }
  *conv = c.release();
  return Status::kOk;
}

Status run_conv(void* conv, const ConvBuffers& b, Stream stream, Failure* why) {
  const Conv& c = *static_cast<const Conv*>(conv);
  const ConvSpec& s = c.spec;
  if (c.graph == nullptr) return direct_conv(s, b, stream, why);
  Places memory{{kX, const_cast<void*>(b.x)}, {kW, const_cast<void*>(b.w)}, {kY, b.y}};
  if (c.fused && s.bias) memory[kBias] = const_cast<void*>(b.bias);
  if (c.fused && s.residual) memory[kResidual] = const_cast<void*>(b.residual);
  if (const Status status = execute(*c.graph, memory, b.workspace, stream, why); status != Status::kOk) return status;
  if (c.fused || (!s.bias && !s.residual && s.end.activation == Code::kCopy)) return Status::kOk;
  const std::int64_t places = s.axes[0].out * s.axes[1].out * s.axes[2].out;
  return finish_end({b.y, b.bias, b.residual, s.type, s.batch * places, s.filters, s.end}, stream, why);
}

void drop_conv(void* conv) { delete static_cast<Conv*>(conv); }

// Attention's as well; it stands here because every file that includes cuDNN's graphs takes half a minute to compile.
Status plan_for(const char* card, int capability, Failure* why) {
  try {
    std::shared_ptr<fe::DeviceProperties> read;
    if (card != nullptr) {
      read = std::make_shared<fe::DeviceProperties>();
      const std::string_view text = card;
      if (auto status = read->deserialize({text.begin(), text.end()}); status.is_bad()) {
        return refuse(Status::kFailed, why, status.get_message().c_str());
      }
    }
    Cudnn& lib = cudnn();
    const std::scoped_lock lock(lib.mutex);
    lib.card = std::move(read);
    lib.capability = capability;
    lib.kernels.clear();
  } catch (const std::exception& e) {
    return refuse(Status::kFailed, why, e.what());
  }
  return Status::kOk;
}

}  // namespace onnxrun::cuda::device
