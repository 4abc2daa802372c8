// The element-wise part of a step of LSTM, GRU and RNN: a thread for each unit of each sequence, which reads the sums of that unit's gates and
// replaces its state. In f32, whatever the tensors' type; the cell's state stays in f32 from step to step.
#include "backends/cuda/device/codes.h"

namespace onnxrun::cuda::device {
namespace {

struct StateBody {
  RnnStateArgs a;
  int* fault;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t row = i;
    const std::int64_t unit = split_off(row, a.hidden);
    if (a.lengths != nullptr && unit == 0 && (a.lengths[row] < 0 || a.lengths[row] > a.steps)) *fault = kFaultIndex;
    store(a.to_type, a.to, row * a.to_row + unit, a.from == nullptr ? 0 : load(a.from_type, a.from, row * a.from_row + unit));
  }
};

struct CellBody {
  RnnCellArgs a;

  struct Unit {
    std::int64_t row, unit;
  };

  ONNXRUN_BODY float activate(int function, float x) const {
    const FusedEnd& f = a.functions[function];
    return unary(f.activation, clipped(x, -a.clip, a.clip), f.p, f.q);
  }
  ONNXRUN_BODY float from_x(const Unit& u, int gate) const {
    return a.x == nullptr ? 0 : load(a.type, a.x, u.row * a.x_row + gate * a.hidden + u.unit);
  }
  ONNXRUN_BODY float from_r(const Unit& u, int gate) const { return load(a.type, a.r, u.row * a.r_row + gate * a.hidden + u.unit); }
  // Wb of a gate, or Rb for gates + gate.
  ONNXRUN_BODY float bias(const Unit& u, int gate) const { return a.bias == nullptr ? 0 : load(a.type, a.bias, gate * a.hidden + u.unit); }
  ONNXRUN_BODY float sum(const Unit& u, int gate, int gates) const {
    return from_x(u, gate) + from_r(u, gate) + bias(u, gate) + bias(u, gates + gate);
  }
  ONNXRUN_BODY float peep(const Unit& u, int gate) const {
    return a.peephole == nullptr ? 0 : load(a.type, a.peephole, gate * a.hidden + u.unit);
  }

  ONNXRUN_BODY float lstm(const Unit& u, float& c) const {
    enum { kIn, kOut, kForget, kCell, kGates };
    const bool peeps = a.peephole != nullptr;
    const auto open = [&](int gate, float state) { return activate(0, sum(u, gate, kGates) + (peeps ? peep(u, gate) * state : 0)); };
    const float in = open(kIn, c), forget = a.input_forget ? 1 - in : open(kForget, c);
    c = forget * c + in * activate(1, sum(u, kCell, kGates));
    return open(kOut, c) * activate(2, c);
  }

  enum { kUpdate, kReset, kHidden, kGruGates };
  ONNXRUN_BODY float mixed(const Unit& u, float candidate, float h) const {
    const float z = activate(0, sum(u, kUpdate, kGruGates)), n = activate(1, candidate);
    return (1 - z) * n + z * h;  // n + z (h - n) would be a NaN for an infinite n
  }
  ONNXRUN_BODY float linear_gru(const Unit& u, float h) const {
    const float reset = activate(0, sum(u, kReset, kGruGates));
    return mixed(u, from_x(u, kHidden) + bias(u, kHidden) + reset * (from_r(u, kHidden) + bias(u, kGruGates + kHidden)), h);
  }
  ONNXRUN_BODY float gru(const Unit& u, std::int64_t i, float h) const {
    return mixed(u, from_x(u, kHidden) + bias(u, kHidden) + load(a.type, a.last, i) + bias(u, kGruGates + kHidden), h);
  }

  ONNXRUN_BODY void operator()(std::int64_t i) const {
    Unit u{i, 0};
    u.unit = split_off(u.row, a.hidden);
    const bool live = a.lengths == nullptr || a.step < a.lengths[u.row];
    float h = load(a.type, a.h, i);
    if (a.part == RnnPart::kGruGates) {
      store(a.type, a.gated, i, live ? activate(0, sum(u, kReset, kGruGates)) * h : 0);
      return;
    }
    if (live) {
      switch (a.part) {
        case RnnPart::kLstm: h = lstm(u, a.c[i]); break;
        case RnnPart::kLinearGru: h = linear_gru(u, h); break;
        case RnnPart::kGruState: h = gru(u, i, h); break;
        default: h = activate(0, sum(u, 0, 1)); break;
      }
      store(a.type, a.h, i, h);
    }
    if (a.y != nullptr) store(a.type, a.y, u.row * a.y_row + u.unit, live ? h : 0);
  }
};

}  // namespace

Status rnn_state(const RnnStateArgs& args, Stream stream, Failure* why) {
  return launch_each(args.rows * args.hidden, StateBody{args, fault()}, stream, why);
}

Status rnn_cell(const RnnCellArgs& args, Stream stream, Failure* why) { return launch_each(args.batch * args.hidden, CellBody{args}, stream, why); }

}  // namespace onnxrun::cuda::device
