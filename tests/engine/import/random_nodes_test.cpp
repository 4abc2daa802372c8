// Nodes at random for every operator: upgrades and inference may refuse them, with an Error, and nothing else.
#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "engine/ir/op_def.h"
#include "engine/ir/verify.h"
#include "tests/support/model_builder.h"

namespace onnxrun::test {
namespace {

class RandomModel {
 public:
  explicit RandomModel(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_()) % n; }
  template <class T>
  const auto& pick(const T& list) {
    return std::data(list)[below(static_cast<std::uint32_t>(std::size(list)))];
  }

  onnx::ModelProto model_with(const OpDef& op) {
    model_ = new_model(static_cast<int>(below(2) ? 28 : pick(op.versions)));
    if (op.domain != kOnnx) {
      model_.add_opset_import()->set_domain(std::string(op.domain));
      model_.mutable_opset_import(1)->set_version(pick(op.versions));
    }
    auto& node = add_node(*model_.mutable_graph(), std::string(op.name), {}, {}, "node");
    node.set_domain(std::string(op.domain));
    const int least = op.inputs.min, most = std::min(op.inputs.max, op.inputs.min + 3);
    const int inputs = below(8) == 0 ? static_cast<int>(below(6)) : least + static_cast<int>(below(static_cast<std::uint32_t>(most - least + 1)));
    for (int i = 0; i < inputs; ++i) node.add_input(below(8) == 0 && i >= least ? "" : input(i));
    const int outputs = 1 + static_cast<int>(below(static_cast<std::uint32_t>(std::min(op.outputs.max, 4))));
    for (int i = 0; i < outputs; ++i) {
      node.add_output("y" + std::to_string(i));
      add_output(*model_.mutable_graph(), "y" + std::to_string(i));
    }
    for (const AttributeSpec& spec : op.attributes) {
      if (spec.required || below(2) == 0) attribute(node, spec);
    }
    if (below(10) == 0) {
      for (const char* legacy : {"axes", "axis", "broadcast", "shape", "pads", "kernel_shape", "split", "to"}) {
        if (below(3) == 0 && !has_attribute(node, legacy)) attribute(node, {legacy, std::nullopt});
      }
    }
    return model_;
  }

 private:
  std::int64_t number() {
    static constexpr std::int64_t kUsual[] = {0, 1, 1, 2, 2, 3, 4, 5, -1, -1, -2};
    static constexpr std::int64_t kExtreme[] = {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                                -(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1, std::int64_t{1} << 62, 1000000007};
    return below(12) == 0 ? pick(kExtreme) : pick(kUsual);
  }

  int dtype() {
    static constexpr int kUsual[] = {1, 1, 1, 7, 7, 6, 9, 10, 3, 2, 11, 16, 8};
    return below(10) == 0 ? 1 + static_cast<int>(below(26)) : pick(kUsual);
  }

  // Graph inputs of any type, and small constants, mostly int64.
  std::string input(int i) {
    const std::string name = "x" + std::to_string(i);
    auto& graph = *model_.mutable_graph();
    if (below(3) == 0) {
      onnx::TensorProto t = new_tensor(name, below(4) == 0 ? 1 : 7, {});
      const auto n = below(3) == 0 ? 1 : below(6);
      if (n != 1 || below(2) == 0) t.add_dims(n);
      for (std::uint32_t k = 0; k < n; ++k) {
        t.data_type() == 1 ? t.add_float_data(static_cast<float>(number())) : t.add_int64_data(number());
      }
      *graph.add_initializer() = t;
      return name;
    }
    static const std::vector<std::string> kDims = {"1", "1", "2", "3", "4", "8", "0", "N", "M", "N + 1", "2*N", "", "4611686018427387904"};
    std::vector<std::string> dims;
    for (std::uint32_t k = below(5); k > 0; --k) dims.push_back(pick(kDims));
    add_input(graph, name, dtype(), dims);
    auto& type = *graph.mutable_input(graph.input_size() - 1)->mutable_type();
    if (below(10) == 0) type.mutable_tensor_type()->clear_shape();
    if (below(20) == 0) {
      onnx::TypeProto sequence;
      *sequence.mutable_sequence_type()->mutable_elem_type() = type;
      type = sequence;
    }
    return name;
  }

  static bool has_attribute(const onnx::NodeProto& node, std::string_view name) {
    return std::ranges::any_of(node.attribute(), [&](const auto& a) { return a.name() == name; });
  }

  void attribute(onnx::NodeProto& node, const AttributeSpec& spec) {
    onnx::AttributeProto& a = *node.add_attribute();
    a.set_name(spec.name);
    const std::size_t kind = spec.default_value && below(12) != 0 ? spec.default_value->index() : below(8);
    static const std::vector<std::string> kWords = {"",        "SAME_UPPER", "VALID",    "constant", "nearest", "linear", "reflect", "Relu",
                                                    "forward", "bidirectional", "ij,jk->ik", "half_pixel", "floor", "NOTSET", "plain"};
    const auto n = below(5);
    switch (kind) {
      case 0: a.set_type(onnx::AttributeProto::INT), a.set_i(number()); break;
      case 1: a.set_type(onnx::AttributeProto::FLOAT), a.set_f(static_cast<float>(number())); break;
      case 2: a.set_type(onnx::AttributeProto::STRING), a.set_s(pick(kWords)); break;
      case 3:
        a.set_type(onnx::AttributeProto::TENSOR);
        *a.mutable_t() = float_tensor("", {1}, {1});
        break;
      case 4:
        a.set_type(onnx::AttributeProto::TYPE_PROTO);
        set_type(*a.mutable_tp(), 1, {"N"});
        break;
      case 5:
        a.set_type(onnx::AttributeProto::INTS);
        for (std::uint32_t i = 0; i < n; ++i) a.add_ints(number());
        break;
      case 6:
        a.set_type(onnx::AttributeProto::FLOATS);
        for (std::uint32_t i = 0; i < n; ++i) a.add_floats(static_cast<float>(number()));
        break;
      default:
        a.set_type(onnx::AttributeProto::STRINGS);
        for (std::uint32_t i = 0; i < n; ++i) a.add_strings(pick(kWords));
    }
  }

  std::mt19937 random_;
  onnx::ModelProto model_;
};

TEST_CASE("hostile: no operator's upgrade or inference does more than refuse a random node") {
  int accepted = 0, refused = 0;
  for (const OpDef* op : all_ops()) {
    CAPTURE(op_full_name(*op));
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
      CAPTURE(seed);
      const onnx::ModelProto model = RandomModel(seed).model_with(*op);
      try {
        verify(import_model(model).graph);
        ++accepted;
      } catch (const Error& e) {
        CHECK_FALSE(std::string_view(e.what()).empty());
        ++refused;
      }
    }
  }
  CHECK(accepted > refused / 20);
}

}  // namespace
}  // namespace onnxrun::test
