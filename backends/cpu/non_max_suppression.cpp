// NonMaxSuppression: threads take classes; the best of a class's candidates is held against the boxes that stayed, again and again.
#include <algorithm>
#include <limits>

#include "engine/backend/backend.h"
#include "engine/ir/box.h"

namespace onnxrun::cpu {
namespace {

enum Input { kBoxes, kScores, kMaxBoxes, kIou, kScore };

struct Candidate {
  float score;
  std::uint32_t box;  // 2^32 boxes would not fit the memory
};

class NonMaxSuppressionKernel : public Kernel {
 public:
  NonMaxSuppressionKernel(const NodeView& node, const PrepareContext& ctx) : center_(node.attrs().i("center_point_box") != 0) {
    const Shape scores = node.in_shape(kScores);
    classes_ = scores[1], count_ = scores[2], pairs_ = scores[0] * scores[1];
    pieces_ = std::min<std::int64_t>(ctx.parallel.threads(), pairs_);
  }
  std::string describe() const override { return "non-max suppression, sorted"; }
  // Candidates of every pair of batch and class, the numbers of those that stay, and their boxes for each piece.
  std::size_t scratch_bytes() const override {
    return candidate_bytes() + static_cast<std::size_t>(pairs_) * sizeof(std::int64_t) +
           static_cast<std::size_t>(pieces_ * count_) * sizeof(Box);
  }

  void run(const KernelArgs& args) const override {
    auto* candidates = reinterpret_cast<Candidate*>(args.scratch);
    auto* stay = reinterpret_cast<std::int64_t*>(args.scratch + candidate_bytes());
    auto* boxes = reinterpret_cast<Box*>(stay + pairs_);
    args.parallel.tasks(static_cast<int>(pieces_), [&](int piece) {
      for (std::int64_t p = pairs_ * piece / pieces_; p < pairs_ * (piece + 1) / pieces_; ++p) {
        stay[p] = suppress(args, p, candidates + p * count_, boxes + piece * count_);
      }
    });
    std::int64_t total = 0;
    for (std::int64_t p = 0; p < pairs_; ++p) total += stay[p];
    const std::int64_t shape[] = {total, 3};
    args.outputs[0] = args.allocator->allocate(0, shape);
    std::int64_t* y = args.outputs[0].as<std::int64_t>();
    for (std::int64_t p = 0; p < pairs_; ++p) {
      for (std::int64_t k = 0; k < stay[p]; ++k) {
        *y++ = p / classes_;
        *y++ = p % classes_;
        *y++ = candidates[p * count_ + k].box;
      }
    }
  }

 private:
  // A whole number of cache lines.
  std::size_t candidate_bytes() const { return (static_cast<std::size_t>(pairs_ * count_) * sizeof(Candidate) + 63) / 64 * 64; }

  template <class T>
  static T scalar(const KernelArgs& args, std::size_t i, T otherwise) {
    return i < args.inputs.size() && args.inputs[i] && args.inputs[i].size > 0 ? *args.inputs[i].as<const T>() : otherwise;
  }

  // Puts the candidates that stay first, the best before the others, and returns their number.
  std::int64_t suppress(const KernelArgs& args, std::int64_t pair, Candidate* candidates, Box* kept) const {
    const std::int64_t most = scalar<std::int64_t>(args, kMaxBoxes, 0);
    const double share = scalar<float>(args, kIou, 0.0f);
    const float least = scalar<float>(args, kScore, -std::numeric_limits<float>::infinity());
    const float* scores = args.inputs[kScores].as<const float>() + pair * count_;
    const float* boxes = args.inputs[kBoxes].as<const float>() + pair / classes_ * count_ * 4;
    Candidate* end = candidates;
    for (std::int64_t i = 0; i < count_; ++i) {
      if (scores[i] > least) *end++ = {scores[i], static_cast<std::uint32_t>(i)};
    }
    // A heap, since often a few are wanted of many. What stays gathers behind it, backwards.
    const auto worse = [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score < b.score : a.box > b.box; };
    std::make_heap(candidates, end, worse);
    Candidate* const last = end;
    std::int64_t n = 0;
    while (end != candidates && n < most) {
      std::pop_heap(candidates, end--, worse);
      const Box box = box_at(boxes + std::int64_t{4} * end->box, center_);
      if (std::any_of(kept, kept + n, [&](const Box& k) { return overlaps(box, k, share); })) continue;
      kept[n++] = box;
      last[-n] = *end;
    }
    std::reverse(last - n, last);
    std::move(last - n, last, candidates);
    return n;
  }

  bool center_;
  std::int64_t classes_ = 0, count_ = 0, pairs_ = 0, pieces_ = 0;
};

Claim claim(const NodeView&) { return Claim::yes(); }

}  // namespace

std::span<const KernelEntry> non_max_suppression_kernels() {
  static constexpr auto prepare = [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
    return std::make_unique<NonMaxSuppressionKernel>(node, ctx);
  };
  static const KernelEntry entries[] = {{"NonMaxSuppression", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::cpu
