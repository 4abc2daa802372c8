// Element-wise programs: every thread interprets the program for its elements, its registers in fast memory.
#include "backends/cuda/device/codes.h"

namespace onnxrun::cuda::device {
namespace {

struct FloatBody {
  ElementwiseArgs a;
  int* fault;  // asked for where finite values are wanted
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    float regs[kMaxInputs + kMaxInstructions];
    for (int k = 0; k < a.inputs; ++k)
      regs[k] = a.in_type[k] == Elem::kNone ? 0 : load(a.in_type[k], a.in[k], offset(a.loops, a.in_strides[k], i));
    if (a.want_finite && !(regs[0] < INFINITY)) *fault = kFaultNotFinite;
    for (int k = 0; k < a.instructions; ++k) {
      const Instruction& in = a.code[k];
      float v[3];
      for (int o = 0; o < 3; ++o) v[o] = in.operands[o].reg < 0 ? in.operands[o].literal : regs[in.operands[o].reg];
      regs[a.inputs + k] = apply(in.code, v[0], v[1], v[2], in.p, in.q);
    }
    store(a.out_type, a.out, i, regs[a.inputs + a.instructions - 1]);
  }
};

struct IntBody {
  ElementwiseArgs a;
  int* fault;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t regs[kMaxInputs + kMaxInstructions];
    for (int k = 0; k < a.inputs; ++k)
      regs[k] = a.in_type[k] == Elem::kNone ? 0 : load_int(a.in_type[k], a.in[k], offset(a.loops, a.in_strides[k], i));
    for (int k = 0; k < a.instructions; ++k) {
      const Instruction& in = a.code[k];
      std::int64_t v[3];
      for (int o = 0; o < 3; ++o)
        v[o] = in.operands[o].reg < 0 ? static_cast<std::int64_t>(in.operands[o].literal) : regs[in.operands[o].reg];
      regs[a.inputs + k] = apply(in.code, v[0], v[1], v[2], fault);
    }
    store_int(a.out_type, a.out, i, regs[a.inputs + a.instructions - 1]);
  }
};

}  // namespace

Status elementwise(const ElementwiseArgs& args, Stream stream, Failure* why) {
  if (args.integers) return launch_each(args.loops.total, IntBody{args, fault()}, stream, why);
  return launch_each(args.loops.total, FloatBody{args, args.want_finite ? fault() : nullptr}, stream, why);
}

}  // namespace onnxrun::cuda::device
