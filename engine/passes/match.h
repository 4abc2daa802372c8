// Questions that patterns ask about a graph, and the edits they share.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/op_def.h"
#include "engine/passes/numbers.h"

namespace onnxrun {

// Nodes ---------------------------------------------------------------------------------------------------------------
inline bool is_op(const Node& node, std::string_view name, std::string_view domain = kOnnx) {
  return node.op->name == name && node.op->domain == domain;
}
inline bool is_op(const Graph& graph, NodeId id, std::string_view name, std::string_view domain = kOnnx) {
  return id != NodeId::kNone && is_op(graph.node(id), name, domain);
}
// Input or output i, kNone when it is absent.
ValueId input(const Node& node, int i);
ValueId output(const Node& node, int i = 0);
inline ValueId input(const Graph& graph, NodeId id, int i) { return input(graph.node(id), i); }
inline ValueId output(const Graph& graph, NodeId id, int i = 0) { return output(graph.node(id), i); }
// The node that makes `v` as its output 0, when it is a `name`; else kNone.
NodeId made_by(const Graph& graph, ValueId v, std::string_view name, std::string_view domain = kOnnx);
// The node that alone reads output 0 of `id`, when nothing else reads it (other outputs neither, nor is it a graph
// output); else kNone.
NodeId only_reader(const Graph& graph, NodeId id);
// The input of the two-input node `id` that is not `v`; kNone when both are.
ValueId other_input(const Graph& graph, NodeId id, ValueId v);

// Values --------------------------------------------------------------------------------------------------------------
// The elements when `v` is a constant, else null.
const Tensor* constant(const Graph& graph, ValueId v);
// The number when `v` is a constant of one element (of any rank) of a float or integer type.
std::optional<double> scalar(const Graph& graph, ValueId v);
// The number that every element of the constant `v` is (at least one element, at most 65,536 are looked at).
std::optional<double> uniform(const Graph& graph, ValueId v);
// The numbers when `v` is a constant integer tensor, or one whose contents are all known.
std::optional<std::vector<std::int64_t>> known_ints(const Graph& graph, ValueId v);
// v = a * c or a / c with a constant number c: a, and the factor.
std::optional<std::pair<ValueId, double>> constant_multiple(const Graph& graph, ValueId v);
// Whether both shapes are known to be equal, whatever their symbols stand for.
bool same_shape(const Graph& graph, ValueId a, ValueId b);
// same_shape, equal dtype and equal layout: one can stand for the other.
bool same_type(const Graph& graph, ValueId a, ValueId b);
// Whether it is a tensor of f32, f16, bf16 or f64.
bool is_float(const Graph& graph, ValueId v);
bool has_rank(const Graph& graph, ValueId v);
const Dims& dims(const Graph& graph, ValueId v);  // only when has_rank()

// Edits ---------------------------------------------------------------------------------------------------------------
// Every reader of `from` reads `to` instead, and `to` gets the name of `from` unless it has one.
void replace(Graph& graph, ValueId from, ValueId to);
// `id` now computes what `reader`, its only reader, made: readers of that read output 0 of `id`, which gets its name;
// `reader` goes.
void take_over(Graph& graph, NodeId id, NodeId reader);
// Makes `id` a node of another operator, whose defaults are filled in; attributes that it does not have go.
void change_op(Graph& graph, NodeId id, const OpDef& op);

}  // namespace onnxrun
