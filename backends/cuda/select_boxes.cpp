// onnxrun.SelectBoxes: non-maximum suppression with a place for every box that may stay.
#include "backends/cuda/device.h"
#include "backends/cuda/kernels.h"

namespace onnxrun::cuda {
namespace {

enum Input { kBoxes, kScores, kIou, kScore };

Claim claim(const NodeView& node) {
  for (const int i : {kBoxes, kScores}) {
    if (!node.in(i).ranked() || node.in(i).layout != Layout::kPlain) return Claim::no("input {}: the rank is unknown or the layout not plain", i);
  }
  return Claim::yes();
}

class SelectKernel final : public Kernel {
 public:
  SelectKernel(CudaDevice& device, const SelectBoxesArgs& args)
      : device_(device), args_(args), rows_(static_cast<std::size_t>(args.batches * args.classes)) {}
  std::string describe() const override { return "cuda box selection"; }
  std::size_t scratch_bytes() const override { return alive_at() + rows_ * static_cast<std::size_t>(args_.size); }
  void run(const KernelArgs& args) const override {
    SelectBoxesArgs a = args_;
    const auto given = [&](std::size_t i) { return i < args.inputs.size() && args.inputs[i].size > 0 ? args.inputs[i].as<const float>() : nullptr; };
    a.boxes = given(kBoxes), a.scores = given(kScores), a.iou = given(kIou), a.score = given(kScore);
    a.rows = args.outputs[0].as<std::int64_t>(), a.count = args.outputs[1].as<std::int64_t>();
    a.counts = reinterpret_cast<std::int64_t*>(args.scratch);
    a.chosen = a.counts + rows_;
    a.alive = reinterpret_cast<std::uint8_t*>(args.scratch + alive_at());
    call("SelectBoxes", device_.api().select_boxes, a, device_.stream());
  }

 private:
  std::size_t alive_at() const { return rows_ * (1 + static_cast<std::size_t>(args_.most)) * sizeof(std::int64_t); }

  const CudaDevice& device_;
  const SelectBoxesArgs args_;
  const std::size_t rows_;  // of scores
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape scores = node.in_shape(kScores);
  SelectBoxesArgs args{};
  args.batches = scores[0], args.classes = scores[1], args.size = scores[2];
  args.most = node.attrs().i("most");
  args.center = node.attrs().i("center_point_box") != 0;
  return std::make_unique<SelectKernel>(device_of(ctx), args);
}

}  // namespace

std::span<const KernelEntry> select_boxes_kernels() {
  static const KernelEntry entries[] = {{"onnxrun.SelectBoxes", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cuda
