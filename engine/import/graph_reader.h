// GraphReader: GraphProto -> Graph, subgraphs and functions included.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/import/functions.h"
#include "engine/import/import.h"
#include "engine/import/node_order.h"
#include "engine/import/scope.h"
#include "engine/import/tensor_proto.h"
#include "engine/import/types.h"
#include "engine/ir/accepted_types.h"

namespace onnxrun {

class GraphReader {
 public:
  GraphReader(const ImportOptions& options, const Functions& functions, TensorReader& tensors, TypeReader& types)
      : options_(options), functions_(functions), tensors_(tensors), types_(types) {}

  // The main graph. `payloads` as in ModelFile. Throws Error naming the place.
  Graph read(onnx::GraphProto& proto, const Opsets& opsets, std::span<const std::span<const std::byte>> payloads);

 private:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
  // A node as the file has it, with names resolved.
  struct Parts {
    const OpDef* op = nullptr;
    int opset = 0;  // 0 for an operator that the engine doesn't know
    std::vector<ValueId> inputs;
    Attributes attrs;
    std::vector<std::string> given;  // names of the attributes that the file gives
    std::vector<ReadSubgraph> subgraphs;
  };

  // Everything of a graph. `input_types` stand in for types that the file doesn't declare.
  void read_graph(onnx::GraphProto& proto, Scope& scope, std::span<const std::span<const std::byte>> payloads,
                  std::span<const Type> input_types, bool is_main);
  void read_initializers(onnx::GraphProto& proto, Scope& scope, std::span<const std::span<const std::byte>> payloads);
  void read_inputs(onnx::GraphProto& proto, Scope& scope, std::span<const Type> input_types, bool is_main);
  void read_outputs(const onnx::GraphProto& proto, Scope& scope, bool is_main);
  // `read` are names that something else reads: the outputs of the graph or function.
  void read_nodes(Nodes& nodes, Scope& scope, const std::vector<std::string_view>& read);

  void read_node(onnx::NodeProto& proto, Scope& scope, const std::unordered_set<std::string_view>& read);
  void read_call(const Function& function, onnx::NodeProto& proto, Scope& scope);
  Parts read_parts(onnx::NodeProto& proto, Scope& scope);
  // `is_branch`: of an If, so that it needn't run.
  ReadSubgraph read_subgraph(onnx::AttributeProto& proto, Scope& scope, std::span<const Type> input_types, bool is_branch);
  const OpDef& definition(const onnx::NodeProto& proto, Scope& scope, int& opset);

  // Gives the value the type that the file declares for `name`, as far as inference had nothing to say. The sizes of a value
  // whose maker the engine runs are not taken over: it could not rely on them.
  void apply_declared(Scope& scope, const std::string& name, ValueId value, bool unknown_maker);
  // Counts what calls of functions add, against functions that grow without bound.
  void count_expanded(const Scope& scope, int items);

  const ImportOptions& options_;
  const Functions& functions_;
  TensorReader& tensors_;
  TypeReader& types_;
  InputTypes input_types_;
  std::unordered_map<std::string, std::shared_ptr<const OpDef>> own_ops_;  // of unknown operators, by full name
  int depth_ = 0;
  std::int64_t expanded_ = 0;
};

}  // namespace onnxrun
