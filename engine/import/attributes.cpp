#include "engine/import/attributes.h"

#include "engine/base/check.h"

namespace onnxrun {
namespace {

using A = onnx::AttributeProto;

// The first versions of the format had no type: it is that of the field which is there.
A::AttributeType type_of(const A& a) {
  if (a.type() != A::UNDEFINED) return a.type();
  if (a.has_f()) return A::FLOAT;
  if (a.has_i()) return A::INT;
  if (a.has_s()) return A::STRING;
  if (a.has_t()) return A::TENSOR;
  if (a.has_g()) return A::GRAPH;
  if (a.floats_size() > 0) return A::FLOATS;
  if (a.ints_size() > 0) return A::INTS;
  if (a.strings_size() > 0) return A::STRINGS;
  if (a.tensors_size() > 0) return A::TENSORS;
  fail(ErrorCode::kBadModel, "it has no type");
}

Type read_type(const onnx::TypeProto& proto, TypeReader& types, Graph& graph) {
  auto type = types.read(proto, graph);
  require(type.has_value(), "the type is empty or of a kind that is not supported");
  return std::move(*type);
}

}  // namespace

bool holds_graph(const A& proto) { return proto.has_g() || proto.type() == A::GRAPH || proto.type() == A::GRAPHS; }

Attribute read_attribute(A& proto, TensorReader& tensors, TypeReader& types, Graph& graph) {
  switch (type_of(proto)) {
    case A::FLOAT: return proto.f();
    case A::INT: return static_cast<std::int64_t>(proto.i());
    case A::STRING: return proto.s();
    case A::FLOATS: return Floats(proto.floats().begin(), proto.floats().end());
    case A::INTS: return Ints(proto.ints().begin(), proto.ints().end());
    case A::STRINGS: return Strings(proto.strings().begin(), proto.strings().end());
    case A::TENSOR:
      require(proto.has_t(), "the tensor is missing");
      return tensors.read(*proto.mutable_t());
    case A::SPARSE_TENSOR:
      require(proto.has_sparse_tensor(), "the sparse tensor is missing");
      return tensors.read(*proto.mutable_sparse_tensor());
    case A::TENSORS: {
      Tensors list;
      for (auto& t : *proto.mutable_tensors()) list.push_back(tensors.read(t));
      return list;
    }
    case A::SPARSE_TENSORS: {
      Tensors list;
      for (auto& t : *proto.mutable_sparse_tensors()) list.push_back(tensors.read(t));
      return list;
    }
    case A::TYPE_PROTO:
      require(proto.has_tp(), "the type is missing");
      return read_type(proto.tp(), types, graph);
    default: fail(ErrorCode::kUnsupported, "attributes of type {} are not supported", static_cast<int>(proto.type()));
  }
}

}  // namespace onnxrun
