// Attention without the matrix of scores: a block of threads takes kRows queries of one head and walks over the keys, kRows at a
// time, keeping for each query the largest score so far, the sum of exp(score - largest), and the weighted values. What changes
// when a larger score comes is multiplied by exp(old - new). All of it in f32 and in the block's shared memory; a thread computes
// 4 x 4 results at a time in registers, so that every value it loads is used four times.
#include "backends/cuda/device/number.h"

namespace onnxrun::cuda::device {
namespace {

constexpr int kRows = 32;  // queries of a block, and keys at a time
constexpr int kMicro = 4;
constexpr int kThreads = 128;
constexpr int kMaxSize = 128;  // of a head

// Places in shared memory, in floats. Rows have one more, so that a column lies in different banks.
struct Shape {
  int size, v_size;
  ONNXRUN_BODY int q_row() const { return size + 1; }
  ONNXRUN_BODY int v_row() const { return v_size + 1; }
  ONNXRUN_BODY int keys() const { return kRows * q_row(); }  // keys, then values in the same place
  ONNXRUN_BODY int kv_floats() const { return kRows * (q_row() > v_row() ? q_row() : v_row()); }
  ONNXRUN_BODY int scores() const { return keys() + kv_floats(); }
  ONNXRUN_BODY int sums() const { return scores() + kRows * (kRows + 1); }  // weighted values
  ONNXRUN_BODY int largest() const { return sums() + kRows * v_row(); }
  ONNXRUN_BODY int total() const { return largest() + kRows; }
  ONNXRUN_BODY int factor() const { return total() + kRows; }
  ONNXRUN_BODY int floats() const { return factor() + kRows; }
};

struct AttentionBody {
  AttentionArgs a;
  Shape shape;

  struct Head {
    std::int64_t batch, head, kv_head, first;
  };

  ONNXRUN_BODY float mask_at(const Head& h, std::int64_t query, std::int64_t key) const {
    if (key >= a.keys || (a.causal && key > query)) return -INFINITY;
    if (a.mask_type == Elem::kNone) return 0;
    if (a.mask_keys > 1 && key >= a.mask_keys) return -INFINITY;
    const HeadStrides& s = a.mask_strides;
    const std::int64_t at = h.batch * s.batch + h.head * s.head + query * s.row + (a.mask_keys == 1 ? 0 : key);
    if (a.mask_type == Elem::kBool) return load_int(Elem::kBool, a.mask, at) != 0 ? 0 : -INFINITY;
    return load(a.mask_type, a.mask, at);
  }

  // Rows first.. of a head into shared memory; zeros behind the last.
  template <class B>
  ONNXRUN_BODY void fetch(const B& block, const void* from, std::int64_t head_at, std::int64_t row_stride, std::int64_t first,
                          std::int64_t rows, int size, float* to, int to_row) const {
    block.each(kRows * size, [&](int i) {
      const int row = i / size, column = i % size;
      to[row * to_row + column] = first + row < rows ? load(a.type, from, head_at + (first + row) * row_stride + column) : 0;
    });
  }

  // scores = scale * q . k^T + mask, for one tile of kMicro x kMicro per turn.
  template <class B>
  ONNXRUN_BODY void score(const B& block, const Head& h, std::int64_t first_key, float* m) const {
    const float *q = m, *k = m + shape.keys();
    float* scores = m + shape.scores();
    constexpr int kTiles = kRows / kMicro;
    block.each(kTiles * kTiles, [&](int tile) {
      const int row = tile / kTiles * kMicro, column = tile % kTiles;  // columns kTiles apart, so that neighbours read neighbours
      float sum[kMicro][kMicro] = {};
      for (int d = 0; d < shape.size; ++d) {
        float x[kMicro], y[kMicro];
        for (int i = 0; i < kMicro; ++i)
          x[i] = q[(row + i) * shape.q_row() + d], y[i] = k[(column + i * kTiles) * shape.q_row() + d];
        for (int i = 0; i < kMicro; ++i)
          for (int j = 0; j < kMicro; ++j) sum[i][j] += x[i] * y[j];
      }
      for (int i = 0; i < kMicro; ++i) {
        for (int j = 0; j < kMicro; ++j) {
          const int key = column + j * kTiles;
          const std::int64_t query = h.first + row + i;
          const float added = query < a.queries ? mask_at(h, query, first_key + key) : -INFINITY;
          scores[(row + i) * (kRows + 1) + key] = added == -INFINITY ? -INFINITY : sum[i][j] * a.scale + added;
        }
      }
    });
  }

  // Scores become weights against the row's largest so far.
  template <class B>
  ONNXRUN_BODY void weigh(const B& block, float* m) const {
    float *scores = m + shape.scores(), *largest = m + shape.largest(), *total = m + shape.total(), *factor = m + shape.factor();
    block.each(kRows, [&](int row) {
      float* s = scores + row * (kRows + 1);
      float top = largest[row];
      for (int j = 0; j < kRows; ++j) top = top != top || top > s[j] ? top : s[j];
      const float old = largest[row] == top ? 1 : expf(largest[row] - top);
      float sum = total[row] * old;
      for (int j = 0; j < kRows; ++j) {
        s[j] = s[j] == -INFINITY ? 0 : expf(s[j] - top);
        sum += s[j];
      }
      largest[row] = top, total[row] = sum, factor[row] = old;
    });
  }

  // sums = sums * factor + weights . values
  template <class B>
  ONNXRUN_BODY void gather(const B& block, float* m) const {
    const float *v = m + shape.keys(), *weights = m + shape.scores(), *factor = m + shape.factor();
    float* sums = m + shape.sums();
    const int columns = (shape.v_size + kMicro - 1) / kMicro;
    block.each(kRows / kMicro * columns, [&](int tile) {
      const int row = tile / columns * kMicro, column = tile % columns;
      float sum[kMicro][kMicro];
      for (int i = 0; i < kMicro; ++i) {
        for (int j = 0; j < kMicro; ++j) {
          const int c = column + j * columns;
          sum[i][j] = c < shape.v_size ? sums[(row + i) * shape.v_row() + c] * factor[row + i] : 0;
        }
      }
      for (int key = 0; key < kRows; ++key) {
        float x[kMicro], y[kMicro];
        for (int i = 0; i < kMicro; ++i) {
          const int c = column + i * columns;
          x[i] = weights[(row + i) * (kRows + 1) + key], y[i] = c < shape.v_size ? v[key * shape.v_row() + c] : 0;
        }
        for (int i = 0; i < kMicro; ++i)
          for (int j = 0; j < kMicro; ++j) sum[i][j] += x[i] * y[j];
      }
      for (int i = 0; i < kMicro; ++i) {
        for (int j = 0; j < kMicro; ++j) {
          if (column + j * columns < shape.v_size) sums[(row + i) * shape.v_row() + column + j * columns] = sum[i][j];
        }
      }
    });
  }

  template <class B>
  ONNXRUN_BODY void operator()(std::int64_t unit, B block, float* m) const {
    Head h{};
    std::int64_t rest = unit;
    h.first = split_off(rest, (a.queries + kRows - 1) / kRows) * kRows;
    h.head = split_off(rest, a.heads);
    h.batch = rest;
    h.kv_head = h.head / (a.heads / a.kv_heads);
    const auto at = [&](const HeadStrides& s, std::int64_t head) { return h.batch * s.batch + head * s.head; };
    fetch(block, a.q, at(a.q_strides, h.head), a.q_strides.row, h.first, a.queries, shape.size, m, shape.q_row());
    block.each(kRows * shape.v_row(), [&](int i) { m[shape.sums() + i] = 0; });
    block.each(kRows, [&](int i) { m[shape.largest() + i] = -INFINITY, m[shape.total() + i] = 0; });
    const std::int64_t last = h.first + kRows;
    const std::int64_t keys = a.causal && last < a.keys ? last : a.keys;
    for (std::int64_t key = 0; key < keys; key += kRows) {
      fetch(block, a.k, at(a.k_strides, h.kv_head), a.k_strides.row, key, a.keys, shape.size, m + shape.keys(), shape.q_row());
      score(block, h, key, m);
      weigh(block, m);
      fetch(block, a.v, at(a.v_strides, h.kv_head), a.v_strides.row, key, a.keys, shape.v_size, m + shape.keys(), shape.v_row());
      gather(block, m);
    }
    block.each(kRows * shape.v_size, [&](int i) {
      const int row = i / shape.v_size, column = i % shape.v_size;
      if (h.first + row >= a.queries) return;
      const float total = m[shape.total() + row];
      const float y = total == 0 ? 0 : m[shape.sums() + row * shape.v_row() + column] / total;
      store(a.type, a.y, at(a.y_strides, h.head) + (h.first + row) * a.y_strides.row + column, y);
    });
  }
};

}  // namespace

Status attention(const AttentionArgs& args, Stream stream, Failure* why) {
  if (args.size > kMaxSize || args.v_size > kMaxSize) {
    std::snprintf(why->text, sizeof why->text, "heads of more than %d", kMaxSize);
    return Status::kFailed;
  }
  if (args.v_size == 0) return Status::kOk;
  const Shape shape{static_cast<int>(args.size), static_cast<int>(args.v_size)};
  const std::int64_t units = args.batch * args.heads * ((args.queries + kRows - 1) / kRows);
  return launch_blocks(units, kThreads, shape.floats(), AttentionBody{args, shape}, stream, why);
}

}  // namespace onnxrun::cuda::device
