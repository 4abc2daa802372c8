// TypeProto -> Type.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/ir/graph.h"
#include "onnx-ml.pb.h"

namespace onnxrun {

// The DType with that number of TensorProto.DataType. Throws Error(kBadModel) for a number that means nothing, and
// Error(kUnsupported) for an element type that only ONNX has.
DType dtype_from_onnx(std::int32_t number);

// Reads the types of one model. dim_param becomes an expression when it is one that Dim can parse ("2*N + 1"), else a symbol
// whose name has '_' for every other character than letters, digits and '_'; the same text always gives the same symbol.
// A dimension without size or name is a symbol of its own.
class TypeReader {
 public:
  // `sizes`: what symbols are to be replaced with, by the name in the file or by ours.
  explicit TypeReader(const std::map<std::string, std::int64_t>& sizes) : sizes_(sizes) {}

  // nullopt when the message says nothing, or names a kind of type that the engine doesn't have. Fresh symbols come from
  // `graph`. Throws Error(kBadModel).
  std::optional<Type> read(const onnx::TypeProto& proto, Graph& graph);
  // Throws Error(kUsage) when a size was given for a symbol that no type had.
  void check_all_sizes_used() const;

 private:
  std::optional<Type> tensor(const onnx::TypeProto::Tensor& proto, Graph& graph);
  Dim dim(const onnx::TensorShapeProto::Dimension& proto, Graph& graph);
  Dim named_dim(const std::string& param, Graph& graph);

  const std::map<std::string, std::int64_t>& sizes_;
  std::map<std::string, Dim> dims_;  // by dim_param
  std::set<std::string> symbols_;    // their names, and the file's
};

}  // namespace onnxrun
