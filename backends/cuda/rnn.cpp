// LSTM, GRU and RNN: the inputs of all steps are multiplied by W at once, the states by R step by step, and a kernel after each of these
// products makes the next state of it. One direction after the other.
//
// Scratch memory of a direction, areas of 256 bytes: the products of all steps' inputs, of a step's state, of GRU's last gate; the reset
// state; h and, in f32, c; what the products themselves need.
#include <cmath>
#include <limits>

#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"
#include "backends/cuda/loops.h"
#include "engine/backend/float_types.h"
#include "engine/ir/recurrence.h"

namespace onnxrun::cuda {
namespace {

using namespace rnn;

constexpr std::size_t kLine = 256;

std::optional<Code> code_of(Kind kind) {
  switch (kind) {
    case Kind::kRelu: return Code::kRelu;
    case Kind::kTanh: return Code::kTanh;
    case Kind::kSigmoid: return Code::kSigmoid;
    case Kind::kSoftsign: return Code::kSoftsign;
    case Kind::kSoftplus: return Code::kSoftplus;
    case Kind::kLeakyRelu: return Code::kLeakyRelu;
    case Kind::kElu: return Code::kElu;
    case Kind::kHardSigmoid: return Code::kHardSigmoid;
    case Kind::kThresholdedRelu:
    case Kind::kAffine:
    case Kind::kScaledTanh: break;
  }
  return std::nullopt;
}

Claim claim(const NodeView& node) {
  if (!is_f32_like(node.in(kX).dtype)) return Claim::no("input 0 is {}, want f32, f16 or bf16", dtype_name(node.in(kX).dtype));
  for (const int i : {kX, kW, kR}) {
    if (!node.in(i).ranked()) return Claim::no("the rank of input {} is unknown", i);
  }
  for (const Function& function : functions(node.op().name, node.attrs())) {
    if (!code_of(function.kind)) return Claim::no("an activation without a kernel (Affine, ScaledTanh, ThresholdedRelu)");
  }
  return Claim::yes();
}

// A row of a state, or of Y, in a tensor that has the directions inside or outside of the batch.
struct Rows {
  std::int64_t first, apart;
};

class RnnKernel final : public Kernel {
 public:
  RnnKernel(const NodeView& node, PrepareContext& ctx)
      : device_(device_of(ctx)),
        api_(device_.api()),
        type_(elem_of(node.in(kX).dtype)),
        bytes_(static_cast<std::size_t>(*element_bytes(node.in(kX).dtype))),
        gates_(node.op().name == "LSTM" ? 4 : node.op().name == "GRU" ? 3 : 1),
        directions_(directions(node.attrs())),
        batch_first_(node.attrs().i("layout") == 1) {
    const Shape x = node.in_shape(kX);
    steps_ = x[batch_first_ ? 1 : 0], batch_ = x[batch_first_ ? 0 : 1], inputs_ = x[2], hidden_ = node.in_shape(kR)[2];
    const bool linear = node.attrs().i("linear_before_reset", 0) != 0;
    part_ = gates_ == 4 ? RnnPart::kLstm : gates_ == 1 ? RnnPart::kRnn : linear ? RnnPart::kLinearGru : RnnPart::kGruGates;
    summed_ = part_ == RnnPart::kGruGates ? 2 : gates_;
    make_cells(node);
    if (batch_ * hidden_ == 0) return;
    const auto product = [&](std::int64_t m, std::int64_t n, std::int64_t k) {
      const Precision precision = ctx.math == Math::kExact ? Precision::kExact : Precision::kTf32;
      return product_handle(device_of(ctx).handles(), api_, "prepare a recurrence",
                            {.type = type_, .precision = precision, .trans_b = true, .batch = 1, .m = m, .n = n, .k = k, .scale = 1, .end = {Code::kCopy, 0, 0}});
    };
    if (steps_ * inputs_ > 0) from_x_ = product(steps_ * batch_, gates_ * hidden_, inputs_);
    if (steps_ > 0) from_h_ = product(batch_, summed_ * hidden_, hidden_);
    if (steps_ > 0 && summed_ < gates_) from_gated_ = product(batch_, hidden_, hidden_);
  }

  std::size_t scratch_bytes() const override { return areas(nullptr).end; }
  std::string describe() const override { return "cuda recurrence" + (from_h_ == nullptr ? "" : ", " + from_h_->how()); }

  void run(const KernelArgs& args) const override {
    if (batch_ * hidden_ == 0) return;
    const Areas at = areas(args.scratch);
    for (std::int64_t d = 0; d < directions_; ++d) run_direction(args, at, d);
  }

 private:
  struct Areas {
    std::byte *x, *h_sums, *last, *gated, *h, *c, *workspace;
    std::size_t end;
  };
  Areas areas(std::byte* begin) const {
    std::size_t end = 0;
    const auto take = [&](std::size_t bytes) {
      std::byte* area = begin + end;
      end += (bytes + kLine - 1) / kLine * kLine;
      return area;
    };
    const auto rows = static_cast<std::size_t>(batch_ * hidden_);
    Areas a{};
    a.x = take(from_x_ == nullptr ? 0 : rows * bytes_ * static_cast<std::size_t>(steps_ * gates_));
    a.h_sums = take(rows * bytes_ * static_cast<std::size_t>(summed_));
    a.last = take(from_gated_ == nullptr ? 0 : rows * bytes_);
    a.gated = take(from_gated_ == nullptr ? 0 : rows * bytes_);
    a.h = take(rows * bytes_);
    a.c = take(part_ == RnnPart::kLstm ? rows * sizeof(float) : 0);
    std::size_t most = 0;
    for (const auto* handle : {from_x_.get(), from_h_.get(), from_gated_.get()}) most = std::max(most, handle == nullptr ? 0 : handle->workspace());
    a.workspace = take(most);
    a.end = end;
    return a;
  }

  void make_cells(const NodeView& node) {
    const std::vector<Function> all = functions(node.op().name, node.attrs());
    const std::size_t per = part_ == RnnPart::kLstm ? 3 : part_ == RnnPart::kRnn ? 1 : 2;
    for (std::int64_t d = 0; d < directions_; ++d) {
      RnnCellArgs& cell = cells_[d];
      cell = {.part = part_, .type = type_, .batch = batch_, .hidden = hidden_, .r_row = summed_ * hidden_};
      cell.x_row = (batch_first_ ? steps_ : 1) * gates_ * hidden_;
      cell.y_row = (batch_first_ ? steps_ * directions_ : 1) * hidden_;
      cell.clip = node.attrs().has("clip") ? node.attrs().f("clip") : std::numeric_limits<float>::infinity();
      cell.input_forget = node.attrs().i("input_forget", 0) != 0;
      for (std::size_t i = 0; i < per; ++i) {
        const Function& f = all[static_cast<std::size_t>(d) * per + i];
        cell.functions[i] = {*code_of(f.kind), static_cast<float>(f.alpha), static_cast<float>(f.beta)};
      }
      reverse_[d] = is_reverse(node.attrs(), d);
    }
  }

  template <class T>
  T* element(T* data, std::int64_t i) const {
    using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    return data == nullptr ? nullptr : static_cast<Byte*>(data) + i * static_cast<std::int64_t>(bytes_);
  }
  static const void* input(const KernelArgs& args, std::size_t i) { return i < args.inputs.size() ? args.inputs[i].data : nullptr; }
  static void* output(const KernelArgs& args, std::size_t i) { return i < args.outputs.size() ? args.outputs[i].data : nullptr; }
  Rows state_rows(std::int64_t d) const {
    return batch_first_ ? Rows{d * hidden_, directions_ * hidden_} : Rows{d * batch_ * hidden_, hidden_};
  }

  void multiply(const Handle& product, const Areas& at, const void* a, const void* b, void* y) const {
    call("recurrence", api_.run_product, product.get(), ProductBuffers{.a = a, .b = b, .y = y, .workspace = at.workspace}, device_.stream());
  }

  // What loading and storing a state have alike: in scratch memory its rows lie one after the other.
  RnnStateArgs state_args() const {
    return {.from_type = type_, .to_type = type_, .rows = batch_, .hidden = hidden_, .from_row = hidden_, .to_row = hidden_, .steps = steps_};
  }
  void load_state(const KernelArgs& args, std::int64_t d, std::size_t which, std::byte* to, Elem to_type) const {
    const Rows rows = state_rows(d);
    RnnStateArgs state = state_args();
    state.from = element(input(args, which), rows.first), state.from_row = rows.apart;
    state.to = to, state.to_type = to_type;
    state.lengths = static_cast<const std::int32_t*>(input(args, kLengths));
    call("recurrence", api_.rnn_state, state, device_.stream());
  }
  void store_state(const KernelArgs& args, std::int64_t d, std::size_t which, const std::byte* from, Elem from_type) const {
    if (output(args, which) == nullptr) return;
    const Rows rows = state_rows(d);
    RnnStateArgs state = state_args();
    state.from = from, state.from_type = from_type;
    state.to = element(output(args, which), rows.first), state.to_row = rows.apart;
    call("recurrence", api_.rnn_state, state, device_.stream());
  }

  void run_direction(const KernelArgs& args, const Areas& at, std::int64_t d) const {
    const std::int64_t g = gates_ * hidden_;
    load_state(args, d, kInitialH, at.h, type_);
    if (part_ == RnnPart::kLstm) load_state(args, d, kInitialC, at.c, Elem::kF32);
    if (from_x_ != nullptr) multiply(*from_x_, at, args.inputs[kX].data, element(args.inputs[kW].data, d * g * inputs_), at.x);
    RnnCellArgs cell = cells_[d];
    cell.r = at.h_sums, cell.h = at.h, cell.gated = at.gated, cell.last = at.last, cell.c = reinterpret_cast<float*>(at.c);
    cell.bias = element(input(args, kB), d * 2 * g);
    cell.peephole = part_ == RnnPart::kLstm ? element(input(args, kP), d * 3 * hidden_) : nullptr;
    cell.lengths = static_cast<const std::int32_t*>(input(args, kLengths));
    for (std::int64_t k = 0; k < steps_; ++k) {
      const std::int64_t t = reverse_[d] ? steps_ - 1 - k : k;
      cell.step = t;
      cell.x = from_x_ == nullptr ? nullptr : element(static_cast<void*>(at.x), (batch_first_ ? t : t * batch_) * g);
      cell.y = element(output(args, 0), (t * directions_ + d) * (batch_first_ ? 1 : batch_) * hidden_);
      step(args, at, d, cell);
    }
    store_state(args, d, 1, at.h, type_);
    if (part_ == RnnPart::kLstm) store_state(args, d, 2, at.c, Elem::kF32);
  }

  void step(const KernelArgs& args, const Areas& at, std::int64_t d, RnnCellArgs& cell) const {
    const void* r = element(args.inputs[kR].data, d * gates_ * hidden_ * hidden_);
    cell.part = part_;
    multiply(*from_h_, at, at.h, r, at.h_sums);
    call("recurrence", api_.rnn_cell, cell, device_.stream());
    if (part_ != RnnPart::kGruGates) return;
    multiply(*from_gated_, at, at.gated, element(r, summed_ * hidden_ * hidden_), at.last);
    cell.part = RnnPart::kGruState;
    call("recurrence", api_.rnn_cell, cell, device_.stream());
  }

  const CudaDevice& device_;
  const Api& api_;
  const Elem type_;
  const std::size_t bytes_;
  const std::int64_t gates_, directions_;
  const bool batch_first_;
  RnnPart part_;         // that follows the product by h
  std::int64_t summed_;  // gates in that product
  std::int64_t steps_, batch_, inputs_, hidden_;
  RnnCellArgs cells_[2] = {};
  bool reverse_[2] = {};
  std::shared_ptr<const Handle> from_x_, from_h_, from_gated_;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) { return std::make_unique<RnnKernel>(node, ctx); }

}  // namespace

std::span<const KernelEntry> rnn_kernels() {
  static const KernelEntry entries[] = {{"LSTM", claim, prepare}, {"GRU", claim, prepare}, {"RNN", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
