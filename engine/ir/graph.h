// Graph: values and the nodes that make them, addressed by small ids.
//
// Ids are never reused; erased nodes and values leave holes, and compact() closes them. Every value is made once: by a
// graph input, a constant, or one output of one node. A graph refers to nothing outside itself: what a subgraph reads of
// its surroundings is passed to it as extra trailing inputs (Node::captures). Not thread-safe for writing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"
#include "engine/ir/type.h"

namespace onnxrun {

struct OpDef;
class Graph;

enum class ValueId : std::int32_t { kNone = -1 };  // kNone: an absent optional input or an output nobody wants
enum class NodeId : std::int32_t { kNone = -1 };
constexpr std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

struct Use {
  NodeId node;
  int input;  // position in Node::inputs
  friend bool operator==(const Use&, const Use&) = default;
};

struct Value {
  std::string name;  // unique among the live values of the graph; may be empty, then the printer numbers it
  Type type;
  NodeId producer = NodeId::kNone;  // kNone: a graph input or a constant
  int output = 0;                   // which output of `producer`
  Tensor constant;                  // the elements, for a constant; immutable, memory shared by copies
  // What an integer tensor of rank 0 or 1 (at most kMaxContents elements) is known to hold: shape arithmetic. Filled by
  // inference, for constants too.
  std::optional<std::vector<Dim>> contents;
  std::vector<Use> uses;  // by live nodes, in no particular order; kept up to date by Graph
  bool live = true;

  bool is_constant() const { return static_cast<bool>(constant); }
};
constexpr std::size_t kMaxContents = 64;
// The Value::contents of a tensor: its elements, when it is a small int32 or int64 tensor of rank 0 or 1.
std::optional<std::vector<Dim>> contents_of(const Tensor& tensor);
// The other way round: the constant that a value with fully known contents is; empty where one isn't known, or doesn't fit the type.
Tensor known_constant(const Value& value);

// A graph that a node owns: a branch of If, the body of Loop or Scan. Copying copies the graph.
struct Subgraph {
  std::string name;  // of the attribute: "then_branch", "body"
  std::unique_ptr<Graph> graph;

  Subgraph(std::string attribute, Graph g);
  Subgraph(const Subgraph& other);
  Subgraph(Subgraph&&) noexcept;
  Subgraph& operator=(Subgraph other) noexcept;
  ~Subgraph();
};

struct Node {
  const OpDef* op = nullptr;
  std::string name;
  Attributes attrs;  // with every default of the schema filled in
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Subgraph> subgraphs;
  // The last `captures` inputs are what the subgraphs read of the surrounding graph; every subgraph has them, in the same
  // order, as its last inputs.
  int captures = 0;
  bool live = true;
};

class Graph {
 public:
  struct Output {
    std::string name;  // the model's name, whatever value it ends up as
    ValueId value;
  };

  std::string name;
  std::vector<ValueId> inputs;
  std::vector<Output> outputs;
  std::map<std::string, std::string> metadata;            // the model's metadata_props, producer, domain, doc
  std::vector<std::shared_ptr<const OpDef>> own_ops;      // definitions that exist only for this graph

  // Building ------------------------------------------------------------------------------------------------------------
  ValueId add_input(std::string name, Type type);
  // A dense tensor in plain layout.
  ValueId add_constant(Tensor tensor, std::string name = {});
  // Appends a node with `outputs` fresh values of unknown type. Schema defaults are filled into the attributes; types come
  // from infer_node() (ir/infer.h).
  NodeId add_node(const OpDef& op, std::vector<ValueId> inputs, Attributes attrs = {}, int outputs = 1, std::string name = {});
  void add_output(std::string name, ValueId value) { outputs.push_back({std::move(name), value}); }
  ValueId add_node_output(NodeId node, std::string name = {});

  // Reading -------------------------------------------------------------------------------------------------------------
  const Node& node(NodeId id) const { return nodes_[index(id)]; }
  Node& node(NodeId id) { return nodes_[index(id)]; }  // change inputs and outputs only through the methods below
  const Value& value(ValueId id) const { return values_[index(id)]; }
  Value& value(ValueId id) { return values_[index(id)]; }
  std::size_t value_capacity() const { return values_.size(); }  // ids are below this
  std::size_t node_capacity() const { return nodes_.size(); }
  std::size_t live_nodes() const;
  // Live nodes, every producer before its users, otherwise in order of creation. Throws Error(kBadModel) on a cycle.
  std::vector<NodeId> topological_order() const;
  bool is_output(ValueId id) const;
  bool is_input(ValueId id) const;
  // The node that makes `id`, or null for inputs, constants and kNone.
  const Node* producer(ValueId id) const;
  // Number of readers: uses by nodes plus graph outputs.
  int use_count(ValueId id) const;
  // The single node that reads `id`, when there is just one use and it is not a graph output; else kNone.
  NodeId sole_user(ValueId id) const;
  ValueId find_value(std::string_view name) const;  // kNone when there is none

  // Changing ------------------------------------------------------------------------------------------------------------
  void set_input(NodeId node, int input, ValueId value);
  void add_node_input(NodeId node, ValueId value);
  void resize_inputs(NodeId node, std::size_t count);  // drops trailing inputs or pads with kNone
  // Turns an output that nobody reads into kNone; trailing ones go altogether.
  void drop_output(NodeId node, int output);
  // Every reader of `from` (graph outputs too) reads `to` instead.
  void replace_uses(ValueId from, ValueId to);
  // Removes a node and its outputs, which nobody may read any more.
  void erase(NodeId node);
  // Removes nodes, constants and values that no output needs. Returns whether anything went.
  bool remove_dead();
  // Renumbers so that ids are dense and nodes stand in topological order.
  void compact();
  // A symbol that occurs nowhere else in this graph: "_s12", with a number of at least symbols(). A subgraph shares the
  // numbers of its surroundings: whoever infers it reserves the outer graph's symbols() in it before, and its own outside
  // after.
  Dim fresh_symbol();
  int symbols() const { return next_symbol_; }
  void reserve_symbols(int below) { next_symbol_ = next_symbol_ < below ? below : next_symbol_; }

 private:
  ValueId new_value(std::string name);
  void remove_use(ValueId value, Use use);
  void reserve_symbols_of(const Type& type);

  std::vector<Value> values_;
  std::vector<Node> nodes_;
  int next_symbol_ = 0;
};

// Whether fresh_symbol() made it.
bool is_fresh_symbol(std::string_view symbol);

}  // namespace onnxrun
