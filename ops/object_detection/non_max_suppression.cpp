// NonMaxSuppression: per batch and class, boxes in order of falling score; a box stays when its score is above score_threshold
// and its overlap (intersection over union) with every box that stayed is at most iou_threshold; at most
// max_output_boxes_per_class stay. Each row of the result is [batch, class, box].
// Boxes are [y1, x1, y2, x2], any two opposite corners, or with center_point_box = 1 [x, y, width, height] around the centre.
// Versions: 11 allowed dynamic arguments.
//
// onnxrun.SelectBoxes(boxes, scores, iou_threshold, score_threshold) is the same with sizes that are known beforehand: `most` is a number,
// rows has [batches * classes * most, 3], zeros behind the result's, and count, [1], says how many those are.
#include <algorithm>
#include <array>
#include <numeric>

#include "engine/ir/box.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

// Of thresholds, by operator.
struct Inputs {
  int iou, score;
};
constexpr int kBoxes = 0, kScores = 1, kMaxBoxes = 2;
constexpr Inputs kStandard{3, 4}, kSelect{2, 3};

void check_inputs(InferContext& ctx, const Inputs& at) {
  for (const int i : {kBoxes, kScores, at.iou, at.score}) want_dtype(ctx, i, {DType::kFloat32});
  want_rank(ctx, kBoxes, 3);
  want_rank(ctx, kScores, 3);
  const std::int64_t center = ctx.attrs().i("center_point_box");
  require(center == 0 || center == 1, "center_point_box = {}, want 0 or 1", center);
  if (ctx.has_shape(kBoxes) && ctx.has_shape(kScores)) {
    const Dims &boxes = ctx.shape(kBoxes), &scores = ctx.shape(kScores);
    const auto same = [](const Dim& a, const Dim& b) { return !a.known() || !b.known() || a == b; };
    require(same(boxes[0], scores[0]) && same(boxes[1], scores[2]) && same(boxes[2], 4), "boxes of shape {} and scores of shape {}, want [B, N, 4] and [B, C, N]",
            dims_str(boxes), dims_str(scores));
  }
}

void infer(InferContext& ctx) {
  check_inputs(ctx, kStandard);
  want_dtype(ctx, kMaxBoxes, {DType::kInt64});
  ctx.set(0, DType::kInt64, Dims{ctx.fresh(), 3});
}

void infer_select(InferContext& ctx) {
  check_inputs(ctx, kSelect);
  const std::int64_t most = ctx.attrs().i("most");
  require(most >= 0, "most = {}, want none at least", most);
  const Dim rows = ctx.has_shape(kScores) ? ctx.shape(kScores)[0] * ctx.shape(kScores)[1] * most : ctx.fresh();
  ctx.set(0, DType::kInt64, Dims{rows, 3});
  ctx.set(1, DType::kInt64, Dims{1});
}

template <class T>
T scalar(ReferenceContext& ctx, int i, T otherwise) {
  return ctx.has(i) && ctx.in(i).size > 0 ? *ctx.in(i).as<const T>() : otherwise;
}

using Rows = std::vector<std::array<std::int64_t, 3>>;

Rows select(ReferenceContext& ctx, const Inputs& at, std::int64_t most) {
  const auto scores_shape = ctx.in(kScores).shape;
  const std::int64_t batches = scores_shape[0], classes = scores_shape[1], count = scores_shape[2];
  const double max_overlap = scalar<float>(ctx, at.iou, 0.0f);
  const float least = scalar<float>(ctx, at.score, -std::numeric_limits<float>::infinity());
  const bool center = ctx.attrs().i("center_point_box") != 0;
  Rows found;
  std::vector<std::int64_t> order;
  std::vector<Box> kept;
  for (std::int64_t b = 0; b < batches; ++b) {
    for (std::int64_t c = 0; c < classes; ++c) {
      const float* scores = ctx.in(kScores).as<const float>() + (b * classes + c) * count;
      order.clear();
      for (std::int64_t i = 0; i < count; ++i) {
        if (scores[i] > least) order.push_back(i);
      }
      std::ranges::stable_sort(order, std::greater<>(), [&](std::int64_t i) { return scores[i]; });
      kept.clear();
      for (const std::int64_t i : order) {
        if (static_cast<std::int64_t>(kept.size()) >= most) break;
        const Box box = box_at(ctx.in(kBoxes).as<const float>() + (b * count + i) * 4, center);
        if (std::ranges::any_of(kept, [&](const Box& k) { return overlaps(box, k, max_overlap); })) continue;
        kept.push_back(box);
        found.push_back({b, c, i});
      }
    }
  }
  return found;
}

std::int64_t* write(const Rows& rows, std::int64_t* y) {
  for (const auto& row : rows) y = std::copy(row.begin(), row.end(), y);
  return y;
}

void reference(ReferenceContext& ctx) {
  const Rows found = select(ctx, kStandard, scalar<std::int64_t>(ctx, kMaxBoxes, 0));
  const std::int64_t shape[] = {static_cast<std::int64_t>(found.size()), 3};
  write(found, ctx.allocate(0, shape).as<std::int64_t>());
}

void reference_select(ReferenceContext& ctx) {
  const Rows found = select(ctx, kSelect, ctx.attrs().i("most"));
  auto* rows = ctx.out(0).as<std::int64_t>();
  std::fill(write(found, rows), rows + ctx.out(0).size, 0);
  *ctx.out(1).as<std::int64_t>() = static_cast<std::int64_t>(found.size());
}

}  // namespace

std::span<const OpDef> non_max_suppression_ops() {
  static const OpDef defs[] = {
      {.name = "NonMaxSuppression", .versions = {10, 11}, .inputs = {2, 5}, .attributes = {{"center_point_box", std::int64_t{0}}},
       .infer = infer, .reference = reference},
      {.name = "SelectBoxes", .domain = kInternal, .inputs = {2, 4}, .outputs = {2, 2},
       .attributes = {{"center_point_box", std::int64_t{0}}, {"most", std::nullopt, true}}, .infer = infer_select, .reference = reference_select},
  };
  return defs;
}

}  // namespace onnxrun
