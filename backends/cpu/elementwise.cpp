// Element-wise operators and onnxrun.ElementwiseChain on floats: one interpreter that carries a program over the output in
// blocks small enough for all its registers to stay in the first-level cache.
//
// A block is a run of output elements in memory order. When the innermost loop (after merging dimensions) is long, blocks
// don't cross its rows, so that an input is either contiguous within a block or one value. When it is short, blocks run
// over the rows, and inputs that are broadcast are written out into a register: once, if they repeat with every row.
#include <algorithm>
#include <cstring>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/element.h"
#include "backends/cpu/elementwise_program.h"
#include "backends/cpu/isa.h"

namespace onnxrun::cpu {
namespace {

constexpr std::int64_t kRegisterFloats = 8192;  // 32 KiB on the stack of each thread
constexpr std::int64_t kMaxBlock = 1024;
constexpr int kMaxValues = 96;  // inputs and instructions
constexpr std::int64_t kLongRow = 256;

enum class Reach : std::uint8_t {
  kAbsent,
  kDirect,  // f32, contiguous: instructions read the tensor itself
  kLoad,    // contiguous: converted into a register
  kScalar,  // one value per block
  kOnce,    // written out into a register before the first block, the same for all blocks
  kExpand,  // written out into a register for each block
};

struct Source {
  Reach reach = Reach::kAbsent;
  int slot = -1;  // register; for kScalar a place in the table of scalars
  DType dtype = DType::kFloat32;
  LoadOp load = nullptr;
};

struct Step {
  VectorOp op;
  int operands[3];  // places in the pointer table
  float p, q;
  int result;  // likewise
};

class ElementwiseKernel : public Kernel {
 public:
  ElementwiseKernel(const NodeView& node, const Program& program) : sweep_(make_sweep(node)) {
    total_ = element_count(node.out_shape(0));
    by_row_ = sweep_.inner() >= kLongRow || sweep_.sizes.size() == 1 || total_ == 0;
    choose_reach(node, program);
    assign_slots(program, node.out(0).dtype);
    choose_block();
    bind(program);
    for (const Instruction& i : program.code) cost_ += instruction_cost(i.code);
    for (int i = 0; i < node.inputs() && in_place_ < 0; ++i) {
      const Source& s = sources_[static_cast<std::size_t>(i)];
      if ((s.reach == Reach::kDirect || s.reach == Reach::kLoad) && sweep_.is_full(static_cast<std::size_t>(i)) &&
          element_bytes(s.dtype) == element_bytes(node.out(0).dtype) && node.in_shape(i) == node.out_shape(0)) {
        in_place_ = i;
      }
    }
  }

  bool reads(int input) const override { return sources_[static_cast<std::size_t>(input)].reach != Reach::kAbsent; }
  int in_place_input(int output) const override { return output == 0 ? in_place_ : -1; }
  std::string describe() const override {
    return steps_.size() == 1 ? fmt::format("elementwise {}", isa_name())
                              : fmt::format("elementwise[{}] {}", steps_.size(), isa_name());
  }

  void run(const KernelArgs& args) const override {
    if (total_ == 0) return;
    const std::int64_t chunks = by_row_ ? (sweep_.inner() + block_ - 1) / block_ : 1;
    const std::int64_t blocks = by_row_ ? sweep_.rows() * chunks : (total_ + block_ - 1) / block_;
    const std::int64_t grain = 1 + 32768 / (std::min(block_, total_) * cost_);
    args.parallel.range(blocks, grain, [&](std::int64_t begin, std::int64_t end) { run_blocks(args, chunks, begin, end); });
  }

 private:
  void choose_reach(const NodeView& node, const Program& program);
  void assign_slots(const Program& program, DType out);
  void choose_block();
  void bind(const Program& program);
  void run_blocks(const KernelArgs& args, std::int64_t chunks, std::int64_t begin, std::int64_t end) const;
  void reach_input(std::size_t i, const void* data, std::int64_t offset, std::int64_t first, std::int64_t n, float* registers,
                   float* scalars, const float** pointers) const;
  void expand(std::size_t i, const void* data, std::int64_t first, std::int64_t n, float* to) const;
  bool depends_on_inner_only(std::size_t i) const {
    const auto& s = sweep_.strides[i];
    return std::all_of(s.begin(), s.end() - 1, [](std::int64_t stride) { return stride == 0; });
  }

  // Places in the pointer table: inputs, then registers, then the output.
  int place_of_slot(int slot) const { return static_cast<int>(sources_.size()) + slot; }
  int place_of_output() const { return static_cast<int>(sources_.size()) + slots_; }

  Sweep sweep_;
  std::int64_t total_ = 0, block_ = 0, cost_ = 0;
  bool by_row_ = true;
  int in_place_ = -1;
  std::vector<Source> sources_;
  std::vector<int> result_slot_;  // per instruction; -1: straight into the output
  std::vector<float> literals_;
  std::vector<Step> steps_;
  StoreOp store_ = nullptr;  // null for an f32 output
  int slots_ = 0;
  std::size_t out_bytes_ = 4;
};

// Per input: how it reaches the instructions.
void ElementwiseKernel::choose_reach(const NodeView& node, const Program& program) {
  std::vector<bool> single(static_cast<std::size_t>(program.inputs), false);
  for (std::size_t i = 0; i < single.size(); ++i) {
    single[i] = node.has(static_cast<int>(i)) &&
                (by_row_ ? sweep_.strides[i].back() == 0 : depends_on_inner_only(i) && sweep_.strides[i].back() == 0);
  }
  // Instructions take single values in one of two operands only.
  for (const Instruction& in : program.code) {
    const int count = operand_count(in.code);
    for (int k = 0; k < count; ++k) {
      const int v = in.operands[k].value;
      if (v < 0 || v >= program.inputs) continue;
      const Operand other = in.operands[1 - std::min(k, 1)];
      const bool other_single =
          other.value < 0 || (other.value < program.inputs && single[static_cast<std::size_t>(other.value)]);
      if (count != 2 || other_single) single[static_cast<std::size_t>(v)] = false;
    }
  }
  for (std::size_t i = 0; i < single.size(); ++i) {
    Source& s = sources_.emplace_back();
    if (!node.has(static_cast<int>(i)) || !onnxrun::cpu::reads(program, static_cast<int>(i))) continue;
    s.dtype = node.in(static_cast<int>(i)).dtype;
    s.load = load_op(s.dtype);
    const std::int64_t inner = sweep_.strides[i].back();
    const bool contiguous = by_row_ ? inner == 1 : sweep_.is_full(i);
    const bool repeats = by_row_ ? depends_on_inner_only(i) && inner == 0 : depends_on_inner_only(i);
    s.reach = single[i]    ? Reach::kScalar
              : contiguous ? (s.dtype == DType::kFloat32 ? Reach::kDirect : Reach::kLoad)
              : repeats    ? Reach::kOnce
                           : Reach::kExpand;
  }
}

// Registers: one for each input that needs one, then results by liveness.
void ElementwiseKernel::assign_slots(const Program& program, DType out) {
  for (Source& s : sources_) {
    if (s.reach == Reach::kLoad || s.reach == Reach::kOnce || s.reach == Reach::kExpand) s.slot = slots_++;
  }
  store_ = out == DType::kFloat32 ? nullptr : store_op(out);
  out_bytes_ = static_cast<std::size_t>(element_bytes(out));
  const std::size_t count = program.code.size();
  std::vector<std::size_t> last_use(count, 0);
  const auto for_results = [&](std::size_t k, auto&& body) {
    for (int o = 0; o < operand_count(program.code[k].code); ++o) {
      const int v = program.code[k].operands[o].value - program.inputs;
      if (v >= 0) body(static_cast<std::size_t>(v));
    }
  };
  for (std::size_t k = 0; k < count; ++k) {
    last_use[k] = k;
    for_results(k, [&](std::size_t v) { last_use[v] = k; });
  }
  std::vector<int> free;
  result_slot_.assign(count, -1);
  std::vector<bool> freed(count, false);
  for (std::size_t k = 0; k < count; ++k) {
    const auto release = [&](std::size_t v) {
      if (last_use[v] != k || freed[v] || result_slot_[v] < 0) return;
      freed[v] = true;
      free.push_back(result_slot_[v]);
    };
    for_results(k, release);
    if (k + 1 == count && store_ == nullptr) break;
    if (free.empty()) free.push_back(slots_++);
    result_slot_[k] = free.back();
    free.pop_back();
    if (k + 1 < count) release(k);
  }
}

void ElementwiseKernel::choose_block() {
  block_ = std::min(kMaxBlock, kRegisterFloats / std::max(slots_, 1) / 16 * 16);
  const std::int64_t inner = sweep_.inner();
  if (by_row_) {
    const std::int64_t chunks = std::max<std::int64_t>(1, (inner + block_ - 1) / block_);
    block_ = std::min(block_, ((inner + chunks - 1) / chunks + 15) / 16 * 16);  // of about equal size
    block_ = std::max<std::int64_t>(block_, 16);
  } else if (inner <= block_) {
    block_ = block_ / inner * inner;
  } else {
    // Blocks can't hold whole rows: nothing repeats from block to block.
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (sources_[i].reach == Reach::kOnce && sweep_.strides[i].back() != 0) sources_[i].reach = Reach::kExpand;
    }
  }
}

void ElementwiseKernel::bind(const Program& program) {
  for (std::size_t k = 0; k < program.code.size(); ++k) {
    const Instruction& in = program.code[k];
    Step step{nullptr, {0, 0, 0}, in.p, in.q, result_slot_[k] < 0 ? place_of_output() : place_of_slot(result_slot_[k])};
    bool single[3] = {};
    for (int o = 0; o < operand_count(in.code); ++o) {
      const Operand& operand = in.operands[o];
      if (operand.value < 0) {
        single[o] = true;
        step.operands[o] = place_of_output() + 1 + static_cast<int>(literals_.size());
        literals_.push_back(operand.literal);
      } else if (operand.value < program.inputs) {
        const Source& s = sources_[static_cast<std::size_t>(operand.value)];
        single[o] = s.reach == Reach::kScalar;
        step.operands[o] = operand.value;
      } else {
        step.operands[o] = place_of_slot(result_slot_[static_cast<std::size_t>(operand.value - program.inputs)]);
      }
    }
    step.op = vector_op(in.code, single[0] ? Operands::kSV : single[1] ? Operands::kVS : Operands::kVV);
    steps_.push_back(step);
  }
}

float load_one(const Source& s, const std::byte* from) {
  float value;
  if (s.dtype == DType::kFloat32) {
    std::memcpy(&value, from, sizeof(value));
  } else {
    s.load(from, &value, 1);
  }
  return value;
}

// Writes input i's values for output elements [first, first + n) to `to`.
void ElementwiseKernel::expand(std::size_t i, const void* data, std::int64_t first, std::int64_t n, float* to) const {
  const Source& s = sources_[i];
  const auto* base = static_cast<const std::byte*>(data);
  const std::int64_t bytes = element_bytes(s.dtype);
  const std::int64_t stride = sweep_.strides[i].back();
  for_runs<1>(sweep_, {i}, first, first + n, [&](std::int64_t at, std::int64_t count, const std::int64_t(&offsets)[1]) {
    const std::byte* from = base + offsets[0] * bytes;
    float* run = to + (at - first);
    if (stride == 1) {
      s.load(from, run, static_cast<std::size_t>(count));
    } else if (stride == 0) {
      std::fill(run, run + count, load_one(s, from));
    } else {
      for (std::int64_t k = 0; k < count; ++k) run[k] = load_one(s, from + k * stride * bytes);
    }
  });
}

// Makes pointers[i] good for a block: output elements [first, first + n), the input's own elements from `offset`.
void ElementwiseKernel::reach_input(std::size_t i, const void* data, std::int64_t offset, std::int64_t first, std::int64_t n,
                                    float* registers, float* scalars, const float** pointers) const {
  const Source& s = sources_[i];
  const auto* from = static_cast<const std::byte*>(data) + offset * element_bytes(s.dtype);
  float* slot = registers + std::max(s.slot, 0) * block_;
  switch (s.reach) {
    case Reach::kDirect: pointers[i] = reinterpret_cast<const float*>(from); break;
    case Reach::kLoad: s.load(from, slot, static_cast<std::size_t>(n)); break;
    case Reach::kScalar: scalars[i] = load_one(s, from); break;
    case Reach::kExpand: expand(i, data, first, n, slot); break;
    case Reach::kAbsent:
    case Reach::kOnce: break;
  }
}

void ElementwiseKernel::run_blocks(const KernelArgs& args, std::int64_t chunks, std::int64_t begin, std::int64_t end) const {
  alignas(64) float registers[kRegisterFloats];
  float scalars[kMaxValues];
  const float* pointers[3 * kMaxValues];
  const std::size_t inputs = sources_.size();
  for (int slot = 0; slot < slots_; ++slot) pointers[place_of_slot(slot)] = registers + slot * block_;
  for (std::size_t k = 0; k < literals_.size(); ++k)
    pointers[static_cast<std::size_t>(place_of_output()) + 1 + k] = &literals_[k];
  for (std::size_t i = 0; i < inputs; ++i) {
    const Source& s = sources_[i];
    pointers[i] = s.reach == Reach::kScalar ? scalars + i : registers + std::max(s.slot, 0) * block_;
    if (s.reach == Reach::kOnce) expand(i, args.inputs[i].data, 0, std::min(block_, total_), registers + s.slot * block_);
  }
  for (std::int64_t b = begin; b < end; ++b) {
    const std::int64_t row = by_row_ ? b / chunks : 0;
    const std::int64_t column = by_row_ ? b % chunks * block_ : b * block_;
    const std::int64_t n = std::min(block_, (by_row_ ? sweep_.inner() : total_) - column);
    const std::int64_t first = row * (by_row_ ? sweep_.inner() : 0) + column;
    for (std::size_t i = 0; i < inputs; ++i) {
      const Reach reach = sources_[i].reach;
      if (reach == Reach::kAbsent || reach == Reach::kOnce) continue;
      const std::int64_t offset =
          by_row_ ? sweep_.row_offset(i, row) + column * sweep_.strides[i].back() : (reach == Reach::kScalar ? 0 : column);
      reach_input(i, args.inputs[i].data, offset, first, n, registers, scalars, pointers);
    }
    std::byte* out = static_cast<std::byte*>(args.outputs[0].data) + static_cast<std::size_t>(first) * out_bytes_;
    pointers[place_of_output()] = reinterpret_cast<float*>(out);
    for (const Step& step : steps_) {
      step.op(pointers[step.operands[0]], pointers[step.operands[1]], pointers[step.operands[2]], step.p, step.q,
              const_cast<float*>(pointers[step.result]), static_cast<std::size_t>(n));
    }
    if (store_ != nullptr) store_(pointers[steps_.back().result], out, static_cast<std::size_t>(n));
  }
}

Claim claim(const NodeView& node) {
  std::string why;
  const auto program = program_of(node, why);
  if (!program) return Claim::no("{}", why);
  if (node.out(0).rank() > kMaxRank) return Claim::no("rank {}, at most {}", node.out(0).rank(), kMaxRank);
  const auto values = static_cast<std::size_t>(program->inputs) + program->code.size();
  if (values > kMaxValues) return Claim::no("{} inputs and instructions, at most {}", values, kMaxValues);
  return Claim::yes();
}

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext&) {
  std::string why;
  return std::make_unique<ElementwiseKernel>(node, *program_of(node, why));
}

}  // namespace

std::span<const KernelEntry> elementwise_kernels() {
  static const std::vector<KernelEntry> entries = [] {
    std::vector<KernelEntry> list;
    for (const std::string_view op : program_ops()) list.push_back({op, claim, prepare});
    return list;
  }();
  return entries;
}

}  // namespace onnxrun::cpu
