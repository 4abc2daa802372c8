// Scan(state..., scanned...): runs `body` once for each position along the scanned inputs.
//   body(state..., slice of scanned..., captures...) -> (state..., scan output...)
// Outputs: the last state, then each scan output's values stacked along a new axis. Axes default to 0, direction 1 is backwards.
// Versions: 8 has sequence lengths as first input, a batch as the first and the sequence as the second axis of everything, and
// calls scan_input_directions `directions`; the others are alike but for the types they allow.
#include "engine/base/check.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/controlflow/body.h"

namespace onnxrun {
namespace {

struct Parts {
  int body;
  std::size_t states, scanned, results;
  const Graph* graph;
};

Parts parts_of(const Node& node) {
  const std::int64_t scanned = node.attrs.i("num_scan_inputs");
  const int own = own_inputs(node);
  require(scanned >= 1 && scanned <= own, "num_scan_inputs is {}, with {} inputs", scanned, own);
  Parts p{find_subgraph(node, "body"), static_cast<std::size_t>(own - scanned), static_cast<std::size_t>(scanned), 0, nullptr};
  p.graph = node.subgraphs[static_cast<std::size_t>(p.body)].graph.get();
  require(p.graph->outputs.size() >= p.states, "the body has {} outputs, want at least {} states", p.graph->outputs.size(), p.states);
  p.results = p.graph->outputs.size() - p.states;
  require(node.outputs.size() <= p.graph->outputs.size(), "has {} outputs, the body {}", node.outputs.size(), p.graph->outputs.size());
  return p;
}

// Entry i of a list attribute that may be left out.
std::int64_t entry(const Attributes& attrs, std::string_view name, std::size_t i, std::size_t count) {
  if (!attrs.has(name)) return 0;
  const Ints& list = attrs.ints(name);
  require(list.size() == count, "{} has {} entries, want {}", name, list.size(), count);
  return list[i];
}

bool backwards(const Attributes& attrs, std::string_view name, std::size_t i, std::size_t count) {
  const std::int64_t direction = entry(attrs, name, i, count);
  require(direction == 0 || direction == 1, "{} is {}, want 0 or 1", name, direction);
  return direction == 1;
}

// Builds the body that scans one example of a batch.
class OneExample {
 public:
  explicit OneExample(const Node& old) : old_(old), states_(old.inputs.size() - 1 - static_cast<std::size_t>(old.captures)) {
    const auto scanned = static_cast<std::size_t>(old.attrs.i("num_scan_inputs"));
    require(scanned <= states_, "num_scan_inputs is {}, with {} inputs", scanned, states_);
    states_ -= scanned;
  }

  // `inputs` are values of `graph`: states, scanned inputs and captures. With `length` (a scalar), only so many entries are scanned, and
  // the scan outputs filled up with zeros.
  void build(Graph& graph, std::vector<ValueId> inputs, ValueId length) const {
    const std::size_t end = inputs.size() - static_cast<std::size_t>(old_.captures);
    const ValueId first_scanned = inputs[states_];
    const auto add = [&](std::string_view name, std::vector<ValueId> in, Attributes attrs = {}) {
      return graph.node(graph.add_node(op(name), std::move(in), std::move(attrs))).outputs[0];
    };
    const auto ints = [&](std::int64_t v) { return graph.add_constant(Tensor::of<std::int64_t>({1}, {v})); };
    const ValueId count = length == ValueId::kNone ? length : add("Reshape", {length, ints(1)});
    for (std::size_t i = states_; i < end && count != ValueId::kNone; ++i) inputs[i] = add("Slice", {inputs[i], ints(0), count, ints(0)});
    Attributes attrs{{"num_scan_inputs", old_.attrs.i("num_scan_inputs")}};
    if (old_.attrs.has("directions")) attrs.set("scan_input_directions", old_.attrs.ints("directions"));
    const NodeId scan = graph.add_node(*old_.op, std::move(inputs), std::move(attrs), static_cast<int>(old_.outputs.size()), old_.name);
    graph.node(scan).captures = old_.captures;
    graph.node(scan).subgraphs = old_.subgraphs;
    const std::vector<ValueId> results = graph.node(scan).outputs;
    for (std::size_t i = 0; i < results.size(); ++i) {
      ValueId out = results[i];
      if (i >= states_ && count != ValueId::kNone) {
        const ValueId size = add("Shape", {first_scanned}, {{"start", std::int64_t{0}}, {"end", std::int64_t{1}}});
        const ValueId pads = add("Concat", {ints(0), add("Sub", {size, count})}, {{"axis", std::int64_t{0}}});
        out = add("Pad", {out, pads, ValueId::kNone, ints(0)});
      }
      graph.add_output(fmt::format("out{}", i), out);
    }
  }

 private:
  const Node& old_;
  std::size_t states_;
};

// Version 8: every example of the batch is scanned by itself, so the batch is the axis of a Scan around the Scan. The lengths of the
// sequences are one more input of that one.
void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 9) return;
  const Node old = ctx.node();  // copied: the graph grows below
  const bool has_lengths = ctx.has(0);
  std::vector<ValueId> inputs(old.inputs.begin() + 1, old.inputs.end());
  const std::size_t own = inputs.size() - static_cast<std::size_t>(old.captures);
  const OneExample example(old);
  Graph outer;
  std::vector<ValueId> inner;
  const auto add_input = [&](std::size_t i) {
    inner.push_back(outer.add_input(fmt::format("in{}", i), i < own ? Type() : ctx.graph().value(inputs[i]).type));
  };
  for (std::size_t i = 0; i < own; ++i) add_input(i);
  const ValueId length = has_lengths ? outer.add_input("length", Type()) : ValueId::kNone;
  for (std::size_t i = own; i < inputs.size(); ++i) add_input(i);
  example.build(outer, inner, length);

  if (has_lengths) inputs.insert(inputs.begin() + static_cast<std::ptrdiff_t>(own), ctx.in(0));
  const Attributes batch{{"num_scan_inputs", static_cast<std::int64_t>(own + (has_lengths ? 1 : 0))}};
  const NodeId around = ctx.graph().add_node(*old.op, inputs, batch, static_cast<int>(old.outputs.size()), old.name);
  ctx.graph().node(around).captures = old.captures;
  ctx.graph().node(around).subgraphs.emplace_back("body", std::move(outer));
  infer_node(ctx.graph(), around);
  ctx.replace_with(ctx.graph().node(around).outputs);
}

void infer(InferContext& ctx) {
  const Parts p = parts_of(ctx.node());
  std::vector<Type> own;
  for (std::size_t i = 0; i < p.states; ++i) {
    own.push_back(ctx.in(static_cast<int>(i)));
    own.back().layout = Layout::kPlain;
  }
  const std::vector<Type> initial = own;
  std::optional<Dim> length;
  for (std::size_t i = 0; i < p.scanned; ++i) {
    Type type = ctx.in(static_cast<int>(p.states + i));
    if (type.ranked()) {
      const int axis = normalize_axis(entry(ctx.attrs(), "scan_input_axes", i, p.scanned), type.rank());
      const Dim mine = type.dims()[static_cast<std::size_t>(axis)];
      require(!length || !length->known() || !mine.known() || *length == mine, "the scanned inputs have {} and {} entries", length->str(), mine.str());
      if (!length || mine.known()) length = mine;
      type.shape->erase(type.shape->begin() + axis);
      type.layout = Layout::kPlain;
    }
    own.push_back(std::move(type));
  }
  const int first_inner = ctx.graph().symbols();
  const std::vector<Type> out = infer_body(ctx, p.body, std::move(own), 0, p.states, 0);
  for (std::size_t i = 0; i < p.states; ++i) {
    ctx.set(static_cast<int>(i), either_type(ctx, initial[i], outside(ctx, out[i], first_inner)));
  }
  for (std::size_t i = 0; i < p.results; ++i) {
    Type type = outside(ctx, out[p.states + i], first_inner);
    if (type.ranked()) {
      const int axis = normalize_axis(entry(ctx.attrs(), "scan_output_axes", i, p.results), type.rank() + 1);
      type.shape->insert(type.shape->begin() + axis, length ? *length : ctx.fresh());
    }
    ctx.set(static_cast<int>(p.states + i), std::move(type));
  }
}

void reference(ReferenceContext& ctx) {
  const Parts p = parts_of(ctx.node());
  std::vector<int> axes;
  std::int64_t length = -1;
  for (std::size_t i = 0; i < p.scanned; ++i) {
    const TensorView& x = ctx.in(static_cast<int>(p.states + i));
    axes.push_back(normalize_axis(entry(ctx.attrs(), "scan_input_axes", i, p.scanned), static_cast<int>(x.shape.size())));
    const std::int64_t mine = x.shape[static_cast<std::size_t>(axes.back())];
    require(length < 0 || length == mine, "the scanned inputs have {} and {} entries", length, mine);
    length = mine;
  }
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < p.states; ++i) inputs.push_back(borrow_input(ctx, static_cast<int>(i)));
  inputs.resize(p.states + p.scanned);
  for (Tensor& t : borrow_captures(ctx)) inputs.push_back(std::move(t));
  std::vector<Collected> collected(p.results);
  for (std::int64_t t = 0; t < length; ++t) {
    for (std::size_t i = 0; i < p.scanned; ++i) {
      const bool back = backwards(ctx.attrs(), "scan_input_directions", i, p.scanned);
      inputs[p.states + i] = slice_at(ctx.in(static_cast<int>(p.states + i)), axes[i], back ? length - 1 - t : t);
    }
    std::vector<Tensor> results = ctx.subgraphs().run(p.body, inputs);
    for (std::size_t i = 0; i < p.states; ++i) inputs[i] = std::move(results[i]);
    for (std::size_t i = 0; i < p.results; ++i) {
      if (ctx.wants(static_cast<int>(p.states + i))) collected[i].add(ctx, std::move(results[p.states + i]));
    }
  }
  // Borrowed memory must not outlive this call.
  for (std::size_t i = 0; i < p.states; ++i) give_output(ctx, static_cast<int>(i), length > 0 ? std::move(inputs[i]) : inputs[i].clone());
  for (std::size_t i = 0; i < p.results; ++i) {
    collected[i].write(ctx, static_cast<int>(p.states + i), entry(ctx.attrs(), "scan_output_axes", i, p.results),
                       backwards(ctx.attrs(), "scan_output_directions", i, p.results), p.graph->value(p.graph->outputs[p.states + i].value).type);
  }
}

}  // namespace

std::span<const OpDef> scan_ops() {
  static const OpDef defs[] = {{.name = "Scan", .versions = {8, 9, 11, 16, 19, 21, 23, 24, 25}, .inputs = {1, kVariadic},
                                .outputs = {1, kVariadic},
                                .attributes = {{"num_scan_inputs", std::nullopt, true}, {"scan_input_axes"}, {"scan_input_directions"},
                                               {"scan_output_axes"}, {"scan_output_directions"}},
                                .upgrade = upgrade, .infer = infer, .reference = reference}};
  return defs;
}

}  // namespace onnxrun
