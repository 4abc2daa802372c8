// LSTM, GRU and RNN in f32. The inputs of many steps are multiplied by W at once, their states by R step by step; the sequences of
// a batch go through a step together, and threads take directions and parts of the batch.
//
// A part keeps its state in scratch memory, in rows of one sequence each. A sequence takes part in step t while t < its length, in
// either direction, so that a reverse one begins at its end.
#include <algorithm>
#include <cstring>

#include "backends/cpu/isa.h"
#include "backends/cpu/panels.h"
#include "backends/cpu/rnn_cell.h"
#include "engine/base/check.h"

namespace onnxrun::cpu {
namespace {

using namespace rnn;

enum class Operator { kRnn = 1, kGru = 3, kLstm = 4 };  // the number is that of the gates

constexpr std::int64_t kGateFloats = 256 * 1024;  // of W's products that are kept at a time
constexpr std::int64_t kTile = 6;                 // rows of a product's tile: a part of a batch has no fewer

Operator operator_of(const NodeView& node) {
  return node.op().name == "LSTM" ? Operator::kLstm : node.op().name == "GRU" ? Operator::kGru : Operator::kRnn;
}

class RnnKernel : public Kernel {
 public:
  RnnKernel(const NodeView& node, PrepareContext& ctx)
      : operator_(operator_of(node)),
        gates_(static_cast<std::int64_t>(operator_)),
        directions_(directions(node.attrs())),
        batch_first_(node.attrs().i("layout") == 1),
        linear_before_reset_(node.attrs().i("linear_before_reset", 0) != 0),
        input_forget_(node.attrs().i("input_forget", 0) != 0) {
    const Shape x = node.in_shape(kX);
    steps_ = x[batch_first_ ? 1 : 0], batch_ = x[batch_first_ ? 0 : 1], inputs_ = x[2], hidden_ = node.in_shape(kR)[2];
    const std::vector<Function> all = functions(node.op().name, node.attrs());
    const std::size_t per = operator_ == Operator::kLstm ? 3 : operator_ == Operator::kGru ? 2 : 1;
    std::optional<float> clip;
    if (node.attrs().has("clip")) clip = node.attrs().f("clip");
    for (std::int64_t d = 0; d < directions_; ++d) {
      cells_.emplace_back(std::span(all).subspan(static_cast<std::size_t>(d) * per, per), clip, static_cast<std::size_t>(hidden_));
      reverse_[d] = is_reverse(node.attrs(), d);
    }
    // GRU's last gate waits for the reset gate.
    const std::int64_t first = operator_ == Operator::kGru ? 2 : gates_;
    panels_.emplace_back(node, ctx, kW, 0, gates_ * hidden_);
    panels_.emplace_back(node, ctx, kR, 0, first * hidden_);
    if (first < gates_) panels_.emplace_back(node, ctx, kR, first * hidden_, hidden_);
    parts_ = std::clamp<std::int64_t>(ctx.parallel.threads() / directions_, 1, std::max<std::int64_t>((batch_ + kTile - 1) / kTile, 1));
    part_rows_ = (batch_ + parts_ - 1) / parts_;
    chunk_ = std::clamp<std::int64_t>(kGateFloats / std::max<std::int64_t>(part_rows_ * gates_ * hidden_, 1), 1,
                                      std::max<std::int64_t>(steps_, 1));
    measure_scratch();
  }

  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(packed_floats_ + part_floats_ * parts_ * directions_) * sizeof(float);
  }
  bool reads(int input) const override {
    return !(input == kW && panels_[0].constant()) && !(input == kR && panels_[1].constant());
  }
  std::string describe() const override {
    const bool constant = panels_[0].constant() && panels_[1].constant();
    return fmt::format("recurrence panels{} {}", constant ? "" : ", packed at run time", isa_name());
  }

  void run(const KernelArgs& args) const override {
    check_lengths(args);
    std::size_t i = 0;
    float* at = reinterpret_cast<float*>(args.scratch);
    const float* packed[3] = {};
    for (const Panels& p : panels_) {
      if (!p.constant()) p.pack(args.inputs[i == 0 ? kW : kR].as<const float>(), at, args.parallel);
      packed[i++] = at;
      at += p.scratch_floats();
    }
    args.parallel.range(directions_ * parts_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t unit = begin; unit < end; ++unit) {
        const std::int64_t part = unit % parts_, first = batch_ * part / parts_;
        Part p = divide(at + unit * part_floats_);
        p.direction = unit / parts_, p.first = first, p.rows = batch_ * (part + 1) / parts_ - first;
        p.args = &args, p.packed = packed;
        run_part(p);
      }
    });
  }

 private:
  // One direction of some sequences of the batch.
  struct Part {
    std::int64_t direction = 0, first = 0, rows = 0;
    const KernelArgs* args = nullptr;
    const float* const* packed = nullptr;
    float *bias = nullptr, *last_bias = nullptr;  // of the products by W, and of GRU's last by R
    float *x = nullptr, *gates = nullptr, *sums = nullptr, *last = nullptr, *h = nullptr, *c = nullptr, *gated = nullptr, *spare = nullptr;
  };

  static const float* optional(const KernelArgs& args, int input) {
    return static_cast<std::size_t>(input) < args.inputs.size() ? args.inputs[static_cast<std::size_t>(input)].as<const float>() : nullptr;
  }
  static float* output(const KernelArgs& args, std::size_t i) {
    return i < args.outputs.size() ? args.outputs[i].as<float>() : nullptr;
  }
  const std::int32_t* lengths(const KernelArgs& args) const {
    return args.inputs.size() > kLengths ? args.inputs[kLengths].as<const std::int32_t>() : nullptr;
  }
  void check_lengths(const KernelArgs& args) const {
    const std::int32_t* all = lengths(args);
    for (std::int64_t n = 0; all != nullptr && n < batch_; ++n) {
      require(ErrorCode::kUsage, all[n] >= 0 && all[n] <= steps_, "sequence_lens[{}] is {}, want 0 to {}", n, all[n], steps_);
    }
  }

  // The input rows of a part's steps lie one after the other when nothing else lies between them.
  bool gathers() const { return parts_ > 1 || (batch_first_ && batch_ > 1); }

  // Calls take(pointer, floats) for each of the areas of a part's scratch memory.
  template <class Take>
  void each_area(Part& p, Take take) const {
    const std::int64_t g = gates_ * hidden_, state = part_rows_ * hidden_;
    take(p.bias, g);
    take(p.last_bias, hidden_);
    take(p.x, gathers() ? chunk_ * part_rows_ * inputs_ : 0);
    take(p.gates, chunk_ * part_rows_ * g);
    take(p.sums, part_rows_ * g);
    for (float** rows : {&p.last, &p.h, &p.c, &p.gated}) take(*rows, state);
    take(p.spare, hidden_);
  }
  static std::int64_t whole_lines(std::int64_t floats) { return (floats + 15) / 16 * 16; }
  Part divide(float* at) const {
    Part p;
    each_area(p, [&](float*& area, std::int64_t floats) {
      area = at;
      at += whole_lines(floats);
    });
    return p;
  }
  void measure_scratch() {
    Part p;
    each_area(p, [&](float*&, std::int64_t floats) { part_floats_ += whole_lines(floats); });
    for (const Panels& panels : panels_) packed_floats_ += panels.scratch_floats();
  }

  // Wb + Rb, but for a GRU that is linear before its reset, whose last Rb goes with the product by R.
  void add_biases(const Part& p) const {
    const std::int64_t g = gates_ * hidden_;
    std::fill_n(p.bias, g, 0.0f);
    std::fill_n(p.last_bias, hidden_, 0.0f);
    const float* b = optional(*p.args, kB);
    if (b == nullptr) return;
    b += p.direction * 2 * g;
    const std::int64_t apart = operator_ == Operator::kGru && linear_before_reset_ ? 2 * hidden_ : g;
    for (std::int64_t k = 0; k < g; ++k) p.bias[k] = b[k] + (k < apart ? b[g + k] : 0.0f);
    for (std::int64_t k = apart; k < g; ++k) p.last_bias[k - apart] = b[g + k];
  }

  std::int64_t state_at(std::int64_t direction, std::int64_t n) const {
    return (batch_first_ ? n * directions_ + direction : direction * batch_ + n) * hidden_;
  }
  std::int64_t y_at(std::int64_t t, std::int64_t direction, std::int64_t n) const {
    return (batch_first_ ? (n * steps_ + t) * directions_ + direction : (t * directions_ + direction) * batch_ + n) * hidden_;
  }

  void load_state(const Part& p, int input, float* rows) const {
    const float* from = optional(*p.args, input);
    for (std::int64_t r = 0; r < p.rows; ++r) {
      float* to = rows + r * hidden_;
      if (from == nullptr) {
        std::fill_n(to, hidden_, 0.0f);
      } else {
        std::copy_n(from + state_at(p.direction, p.first + r), hidden_, to);
      }
    }
  }
  void store_state(const Part& p, std::size_t which, const float* rows) const {
    float* to = output(*p.args, which);
    for (std::int64_t r = 0; to != nullptr && r < p.rows; ++r) {
      std::copy_n(rows + r * hidden_, hidden_, to + state_at(p.direction, p.first + r));
    }
  }

  // gates = x . W^T + bias for steps [first, first + count).
  void project(const Part& p, std::int64_t first, std::int64_t count) const {
    const float* x = p.args->inputs[kX].as<const float>();
    const float* rows = x + first * batch_ * inputs_;
    if (gathers()) {
      rows = p.x;
      for (std::int64_t t = 0; t < count; ++t) {
        for (std::int64_t r = 0; r < p.rows; ++r) {
          const std::int64_t n = p.first + r;
          std::copy_n(x + (batch_first_ ? n * steps_ + first + t : (first + t) * batch_ + n) * inputs_, inputs_,
                      p.x + (t * p.rows + r) * inputs_);
        }
      }
    }
    panels_[0].multiply(p.packed[0], p.direction, rows, count * p.rows, p.bias, p.gates, p.args->parallel);
  }

  void run_part(const Part& p) const {
    add_biases(p);
    load_state(p, kInitialH, p.h);
    if (operator_ == Operator::kLstm) load_state(p, kInitialC, p.c);
    std::fill_n(p.gated, p.rows * hidden_, 0.0f);  // rows of sequences that take no part are multiplied, too
    const bool reverse = reverse_[p.direction];
    for (std::int64_t done = 0; done < steps_; done += chunk_) {
      const std::int64_t count = std::min(chunk_, steps_ - done), first = reverse ? steps_ - done - count : done;
      project(p, first, count);
      for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t t = reverse ? count - 1 - k : k;
        step(p, p.gates + t * p.rows * gates_ * hidden_, first + t);
      }
    }
    store_state(p, 1, p.h);
    if (operator_ == Operator::kLstm) store_state(p, 2, p.c);
  }

  void step(const Part& p, const float* gates, std::int64_t t) const {
    const RnnCell& cell = cells_[static_cast<std::size_t>(p.direction)];
    const std::int32_t* length = lengths(*p.args);
    const std::int64_t g = gates_ * hidden_, sums = panels_[1].width();
    const auto live = [&](std::int64_t r) { return length == nullptr || t < length[p.first + r]; };
    panels_[1].multiply(p.packed[1], p.direction, p.h, p.rows, nullptr, p.sums, p.args->parallel);
    if (operator_ == Operator::kGru && linear_before_reset_) last_product(p, p.h);
    for (std::int64_t r = 0; r < p.rows; ++r) {
      if (!live(r)) continue;
      float *s = p.sums + r * sums, *h = p.h + r * hidden_;
      cell.add(gates + r * g, s, static_cast<std::size_t>(sums));
      if (operator_ == Operator::kLstm) {
        const float* peephole = optional(*p.args, kP);
        cell.lstm(s, h, p.c + r * hidden_, peephole == nullptr ? nullptr : peephole + p.direction * 3 * hidden_, input_forget_, p.spare);
      } else if (operator_ == Operator::kRnn) {
        cell.rnn(s, h);
      } else {
        cell.gru_gates(s);
        cell.multiply(s + hidden_, linear_before_reset_ ? p.last + r * hidden_ : h, p.gated + r * hidden_);
      }
    }
    if (operator_ == Operator::kGru && !linear_before_reset_) last_product(p, p.gated);
    for (std::int64_t r = 0; r < p.rows; ++r) {
      if (operator_ == Operator::kGru && live(r)) {
        float* last = (linear_before_reset_ ? p.gated : p.last) + r * hidden_;
        cell.add(gates + r * g + sums, last, static_cast<std::size_t>(hidden_));
        cell.gru_state(last, p.sums + r * sums, p.h + r * hidden_);
      }
      if (float* y = output(*p.args, 0)) {
        y += y_at(t, p.direction, p.first + r);
        if (live(r)) {
          std::copy_n(p.h + r * hidden_, hidden_, y);
        } else {
          std::fill_n(y, hidden_, 0.0f);
        }
      }
    }
  }

  // GRU's product by the last rows of R.
  void last_product(const Part& p, const float* rows) const {
    panels_[2].multiply(p.packed[2], p.direction, rows, p.rows, p.last_bias, p.last, p.args->parallel);
  }

  Operator operator_;
  std::int64_t gates_, directions_;
  bool batch_first_, linear_before_reset_, input_forget_;
  std::int64_t steps_, batch_, inputs_, hidden_;
  std::vector<RnnCell> cells_;  // one per direction
  bool reverse_[2] = {};
  std::vector<Panels> panels_;  // W, R, and GRU's last rows of R
  std::int64_t parts_, part_rows_, chunk_, part_floats_ = 0, packed_floats_ = 0;
};

Claim claim(const NodeView& node) {
  if (node.in(kX).dtype != DType::kFloat32) return Claim::no("{}, want f32", dtype_name(node.in(kX).dtype));
  for (const Function& function : functions(node.op().name, node.attrs())) {
    if (!rnn_activation(function)) return Claim::no("an activation without a fast form (Affine, ScaledTanh, ThresholdedRelu)");
  }
  return Claim::yes();
}

}  // namespace

std::span<const KernelEntry> rnn_kernels() {
  static constexpr auto prepare = [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
    return std::make_unique<RnnKernel>(node, ctx);
  };
  static const KernelEntry entries[] = {{"LSTM", claim, prepare}, {"GRU", claim, prepare}, {"RNN", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cpu
