// Non-maximum suppression. A team walks over the boxes of one class once for each that stays: what overlaps the last that stayed goes, and
// the best of the others stays next. Then the classes' results are moved together.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

// With the same arithmetic as the reference's, engine/ir/box.h.
struct Box {
  double top, left, bottom, right, area;
};

ONNXRUN_BODY double lesser(double a, double b) { return b < a ? b : a; }
ONNXRUN_BODY double greater(double a, double b) { return a < b ? b : a; }
// Rounded by itself, never a part of a multiply-add.
ONNXRUN_BODY double product(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}

ONNXRUN_BODY Box box_at(const float* b, bool center) {
  Box out = center ? Box{b[1] - b[3] / 2.0, b[0] - b[2] / 2.0, b[1] + b[3] / 2.0, b[0] + b[2] / 2.0, 0}
                   : Box{lesser(b[0], b[2]), lesser(b[1], b[3]), greater(b[0], b[2]), greater(b[1], b[3]), 0};
  out.area = product(greater(0.0, out.bottom - out.top), greater(0.0, out.right - out.left));
  return out;
}

ONNXRUN_BODY bool overlaps(const Box& a, const Box& b, double share) {
  const double height = lesser(a.bottom, b.bottom) - greater(a.top, b.top);
  const double width = lesser(a.right, b.right) - greater(a.left, b.left);
  if (height <= 0 || width <= 0) return share < 0;
  const double joint = product(height, width), all = a.area + b.area - joint;
  return all > 0 ? joint > product(share, all) : share < 0;
}

// A box by its number, -1 for none; the one with the higher score, or of equals the first, stands before the other.
struct Candidate {
  float score;
  int taken;
  std::int64_t index;
};
struct Best {
  ONNXRUN_BODY Candidate operator()(const Candidate& a, const Candidate& b) const {
    if (!a.taken || !b.taken) return a.taken ? a : b;
    if (a.score == b.score) return a.index < b.index ? a : b;
    return a.score > b.score ? a : b;
  }
};

struct SelectBody {
  SelectBoxesArgs a;

  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    const float* boxes = a.boxes + row / a.classes * a.size * 4;
    const float* scores = a.scores + row * a.size;
    std::uint8_t* alive = a.alive + row * a.size;  // each thread looks at its own only
    const double share = a.iou == nullptr ? 0 : *a.iou;
    for (std::int64_t i = team.rank; i < a.size; i += team.size) alive[i] = scores[i] > (a.score == nullptr ? -INFINITY : *a.score);
    Candidate last{0, 0, 0};
    std::int64_t found = 0;
    for (; found < a.most; ++found) {
      const Box stays = last.taken ? box_at(boxes + last.index * 4, a.center) : Box{};
      Candidate best{0, 0, 0};
      for (std::int64_t i = team.rank; i < a.size; i += team.size) {
        if (!alive[i]) continue;
        if (last.taken && (i == last.index || overlaps(box_at(boxes + i * 4, a.center), stays, share))) {
          alive[i] = 0;
        } else {
          best = Best{}(best, Candidate{scores[i], 1, i});
        }
      }
      last = team.fold(best, Best{});
      if (!last.taken) break;
      if (team.rank == 0) a.chosen[row * a.most + found] = last.index;
    }
    if (team.rank == 0) a.counts[row] = found;
  }
};

struct Sum {
  ONNXRUN_BODY std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a + b; }
};

// A class's boxes to where those of the classes before it end, and zeros for those it lacks, behind all results.
struct GatherBody {
  SelectBoxesArgs a;

  template <class Team>
  ONNXRUN_BODY void operator()(std::int64_t row, Team team) const {
    std::int64_t before = 0, all = 0;
    for (std::int64_t r = team.rank; r < a.batches * a.classes; r += team.size) {
      before += r < row ? a.counts[r] : 0;
      all += a.counts[r];
    }
    before = team.fold(before, Sum{});
    all = team.fold(all, Sum{});
    const std::int64_t own = a.counts[row], rest = all + row * a.most - before - own;
    for (std::int64_t i = team.rank; i < a.most; i += team.size) {
      const bool there = i < own;
      std::int64_t* to = a.rows + 3 * (there ? before + i : rest + i);
      to[0] = there ? row / a.classes : 0;
      to[1] = there ? row % a.classes : 0;
      to[2] = there ? a.chosen[row * a.most + i] : 0;
    }
    if (row == 0 && team.rank == 0) *a.count = all;
  }
};

struct NothingBody {
  std::int64_t* count;
  ONNXRUN_BODY void operator()(std::int64_t) const { *count = 0; }
};

}  // namespace

Status select_boxes(const SelectBoxesArgs& args, Stream stream, Failure* why) {
  const std::int64_t rows = args.batches * args.classes;
  if (rows == 0) return launch_each(1, NothingBody{args.count}, stream, why);
  const Status s = launch_rows(rows, args.size, SelectBody{args}, stream, why);
  return s != Status::kOk ? s : launch_rows(rows, args.most > rows ? args.most : rows, GatherBody{args}, stream, why);
}

}  // namespace onnxrun::cuda::device
