// onnxrun.ElementwiseChain(x0..xk): a chain of element-wise operators in one sweep; attribute program as
// engine/ir/elementwise_chain.h describes it. The inputs broadcast to the output; floats only.
#include "engine/ir/elementwise_chain.h"

#include "engine/ir/reference.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

// What two sizes broadcast to; nullopt when only concrete sizes can tell.
std::optional<Dim> broadcast(const Dim& a, const Dim& b) {
  if (a == b || b.is(1)) return a;
  if (a.is(1)) return b;
  require(!a.known() || !b.known(), "the inputs don't broadcast: sizes {} and {} meet", a.str(), b.str());
  if (a.known()) return a;
  return b.known() ? std::optional(b) : std::nullopt;
}

void infer(InferContext& ctx) {
  parse_chain(ctx.attrs().strings("program"), ctx.inputs());
  Dims y;
  for (int i = 0; i < ctx.inputs(); ++i) {
    require(ctx.has(i), "input {} is missing", i);
    want_float(ctx, i);
    want_same_dtype(ctx, i, 0);
  }
  for (int i = 0; i < ctx.inputs(); ++i) {
    if (!ctx.has_shape(i)) return ctx.set(0, ctx.dtype(0), std::nullopt);
    const Dims& x = ctx.shape(i);
    if (x.size() > y.size()) y.insert(y.begin(), x.size() - y.size(), Dim(1));
    for (std::size_t k = 0; k < x.size(); ++k) {
      Dim& to = y[y.size() - 1 - k];
      const auto both = broadcast(to, x[x.size() - 1 - k]);
      to = both ? *both : ctx.fresh();
    }
  }
  ctx.set(0, ctx.dtype(0), std::move(y));
}

void reference(ReferenceContext& ctx) {
  const auto program = parse_chain(ctx.attrs().strings("program"), ctx.inputs());
  std::vector<Reals> x;
  std::vector<BroadcastIndex> at;
  for (int i = 0; i < ctx.inputs(); ++i) {
    x.push_back(read_reals(ctx.in(i)));
    at.emplace_back(ctx.in(i).shape, ctx.out(0).shape);
  }
  Reals y(static_cast<std::size_t>(ctx.out(0).size)), registers;
  for (std::size_t i = 0; i < y.size(); ++i) {
    registers.clear();
    for (std::size_t k = 0; k < x.size(); ++k) registers.push_back(x[k][at[k](static_cast<std::int64_t>(i))]);
    for (const ChainInstruction& instruction : program) {
      double operands[3] = {};
      for (std::size_t k = 0; k < instruction.operands.size(); ++k) {
        const ChainOperand& o = instruction.operands[k];
        operands[k] = o.reg >= 0 ? registers[static_cast<std::size_t>(o.reg)] : static_cast<double>(o.value);
      }
      registers.push_back(apply(instruction.op, std::span<const double>(operands, instruction.operands.size())));
    }
    y[i] = registers.back();
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> elementwise_chain_ops() {
  static const OpDef defs[] = {
      {.name = "ElementwiseChain", .domain = kInternal, .inputs = {1, kVariadic}, .attributes = {{"program", std::nullopt, true}},
       .infer = infer, .reference = reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
