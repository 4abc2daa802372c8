// Pad in all its modes, elements of any size, in any layout.
#include <algorithm>

#include "backends/cpu/broadcast.h"
#include "backends/cpu/copy.h"
#include "engine/backend/known_ints.h"
#include "backends/cpu/map_copy.h"
#include "engine/base/check.h"
#include "engine/ir/axis_split.h"

namespace onnxrun::cpu {
namespace {

using List = std::vector<std::int64_t>;

// Where the elements of a padded dimension come from. `kept` elements from `first` survive negative pads.
List source(std::string_view mode, std::int64_t size, std::int64_t before, std::int64_t after) {
  const std::int64_t first = std::min(std::max<std::int64_t>(0, -before), size);
  const std::int64_t kept = std::max<std::int64_t>(0, size - first - std::max<std::int64_t>(0, -after));
  const std::int64_t total = std::max<std::int64_t>(0, size + before + after);
  require(ErrorCode::kUsage, mode == "constant" || kept > 0 || total == 0, "nothing to repeat in a dimension of size {}", size);
  List out;
  for (std::int64_t i = 0; i < total; ++i) {
    std::int64_t at = i - std::max<std::int64_t>(0, before);
    if (at >= 0 && at < kept) {
      out.push_back(first + at);
    } else if (mode == "constant") {
      out.push_back(-1);
    } else if (mode == "edge") {
      out.push_back(first + (at < 0 ? 0 : kept - 1));
    } else if (mode == "wrap") {
      out.push_back(first + (at % kept + kept) % kept);
    } else {
      const std::int64_t period = std::max<std::int64_t>(2 * (kept - 1), 1);
      at = (at % period + period) % period;
      out.push_back(first + (at >= kept ? period - at : at));
    }
  }
  return out;
}

class PadKernel : public Kernel {
 public:
  explicit PadKernel(const NodeView& node)
      : shape_(node.in_shape(0)),
        layout_(node.in(0).layout),
        dtype_(node.in(0).dtype),
        mode_(node.attrs().s("mode", "constant")) {
    const auto pads = known_ints(node, 1), axes = known_ints(node, 3);
    if (pads && (axes || !node.has(3))) copy_ = make(*pads, axes.value_or(List{}));
  }
  std::string describe() const override { return fmt::format("pad {}", mode_); }
  bool reads(int input) const override { return input == 0 || input == 2 || !copy_; }
  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const auto has = [&](std::size_t i) {
      return i < args.inputs.size() && args.inputs[i].data != nullptr && args.inputs[i].size > 0;
    };
    const auto run = [&](const MapCopy& copy) {
      copy.run(args.inputs[0].data, args.outputs[0].data, has(2) ? args.inputs[2].data : nullptr, args.parallel);
    };
    if (copy_) return run(*copy_);
    run(make(ints_of(args.inputs[1]), has(3) ? ints_of(args.inputs[3]) : List{}));
  }

 private:
  MapCopy make(const List& pads, const List& axes) const {
    List before(shape_.size(), 0), after(shape_.size(), 0);
    for (std::size_t k = 0; k < pads.size() / 2; ++k) {
      const auto d = axes.empty() ? k : static_cast<std::size_t>(axis_of(axes[k], static_cast<int>(shape_.size())));
      before[d] = pads[k];
      after[d] = pads[k + pads.size() / 2];
    }
    Shape physical;
    std::vector<List> maps;
    for (const int dim : physical_order(static_cast<int>(shape_.size()), layout_)) {
      const auto d = static_cast<std::size_t>(dim);
      physical.push_back(shape_[d]);
      maps.push_back(source(mode_, shape_[d], before[d], after[d]));
    }
    return MapCopy(dtype_, physical, maps);
  }

  Shape shape_;
  Layout layout_;
  DType dtype_;
  std::string mode_;
  std::optional<MapCopy> copy_;
};

Claim claim(const NodeView& node) {
  if (node.in(0).layout != node.out(0).layout)
    return Claim::no("from {} to {}", layout_name(node.in(0).layout), layout_name(node.out(0).layout));
  const std::string why = refuse_copy(node, 0);
  return why.empty() ? Claim::yes() : Claim::no("{}", why);
}

}  // namespace

std::span<const KernelEntry> pad_kernels() {
  static const KernelEntry entries[] = {{"Pad", claim, make_kernel<PadKernel>}};
  return entries;
}

}  // namespace onnxrun::cpu
