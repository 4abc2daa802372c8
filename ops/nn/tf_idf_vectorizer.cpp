// TfIdfVectorizer: counts the n-grams of a pool in every row of x ([C] or [N, C]; int32, int64 or string); an n-gram may skip
// up to max_skip_count items between its own. mode TF: the count; IDF: weight where there is one; TFIDF: count * weight.
#include <algorithm>
#include <map>

#include "engine/ir/reference.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const bool words = ctx.attrs().has("pool_strings");
  require(words != ctx.attrs().has("pool_int64s"), "has both or none of pool_strings and pool_int64s, want one");
  if (words) {
    want_dtype(ctx, 0, {DType::kString});
  } else {
    want_dtype(ctx, 0, {DType::kInt32, DType::kInt64});
  }
  const std::string& mode = ctx.attrs().s("mode");
  require(mode == "TF" || mode == "IDF" || mode == "TFIDF", "attribute mode is '{}', want TF, IDF or TFIDF", mode);
  const Ints& indexes = ctx.attrs().ints("ngram_indexes");
  require(!indexes.empty() && std::ranges::all_of(indexes, [](std::int64_t i) { return i >= 0 && i < (std::int64_t{1} << 31); }),
          "attribute ngram_indexes must be places of 0 or more");
  require(!ctx.attrs().has("weights") || ctx.attrs().floats("weights").size() == indexes.size(),
          "attribute weights must be as long as ngram_indexes");
  const std::int64_t low = ctx.attrs().i("min_gram_length"), high = ctx.attrs().i("max_gram_length");
  require(low >= 1 && low <= high, "min_gram_length is {} and max_gram_length {}, want 1 <= min <= max", low, high);
  require(ctx.attrs().i("max_skip_count") >= 0, "attribute max_skip_count is {}", ctx.attrs().i("max_skip_count"));
  const std::int64_t size = *std::ranges::max_element(indexes) + 1;
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kFloat32, std::nullopt);
  require(ctx.rank(0) == 1 || ctx.rank(0) == 2, "input 0 has shape {}, want rank 1 or 2", dims_str(ctx.shape(0)));
  ctx.set(0, DType::kFloat32, ctx.rank(0) == 1 ? Dims{size} : Dims{ctx.shape(0)[0], size});
}

// n-gram -> its number in ngram_indexes.
template <class T>
using Pool = std::map<std::vector<T>, std::size_t>;

template <class T>
Pool<T> read_pool(const std::vector<T>& items, const Attributes& attrs) {
  const Ints& starts = attrs.ints("ngram_counts");
  Pool<T> pool;
  std::size_t number = 0;
  for (std::size_t n = 1; n <= starts.size(); ++n) {
    const std::int64_t begin = starts[n - 1], end = n < starts.size() ? starts[n] : static_cast<std::int64_t>(items.size());
    require(begin >= 0 && begin <= end && end <= static_cast<std::int64_t>(items.size()) &&
                (end - begin) % static_cast<std::int64_t>(n) == 0,
            "attribute ngram_counts doesn't fit a pool of {} items", items.size());
    for (auto at = items.begin() + begin; at != items.begin() + end; at += static_cast<std::ptrdiff_t>(n)) {
      pool.emplace(std::vector<T>(at, at + static_cast<std::ptrdiff_t>(n)), number++);
    }
  }
  require(number <= attrs.ints("ngram_indexes").size(), "the pool has {} n-grams, ngram_indexes {}", number,
          attrs.ints("ngram_indexes").size());
  return pool;
}

// Counts by number of n-gram.
template <class T, class Found>
void count(std::span<const T> row, const Pool<T>& pool, const Attributes& attrs, Found found) {
  const std::int64_t low = attrs.i("min_gram_length"), high = attrs.i("max_gram_length"), skips = attrs.i("max_skip_count");
  const auto size = static_cast<std::int64_t>(row.size());
  for (std::int64_t step = 1; step <= std::min(skips + 1, std::max<std::int64_t>(size, 1)); ++step) {
    for (std::int64_t n = step == 1 ? low : std::max<std::int64_t>(low, 2); n <= std::min(high, size); ++n) {
      for (std::int64_t start = 0; start + (n - 1) * step < size; ++start) {
        std::vector<T> gram;
        for (std::int64_t i = 0; i < n; ++i) gram.push_back(row[static_cast<std::size_t>(start + i * step)]);
        const auto at = pool.find(gram);
        if (at != pool.end()) found(at->second);
      }
    }
  }
}

template <class Item, class T>
void vectorize(ReferenceContext& ctx, const std::vector<T>& items) {
  const Pool<T> pool = read_pool(items, ctx.attrs());
  const Ints& indexes = ctx.attrs().ints("ngram_indexes");
  const std::string& mode = ctx.attrs().s("mode");
  const auto y = ctx.out<float>(0);
  const auto x = ctx.in<Item>(0);
  const std::size_t width = static_cast<std::size_t>(ctx.out(0).shape.back()), rows = width == 0 ? 0 : y.size() / width;
  std::ranges::fill(y, 0.0f);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t length = x.size() / rows;
    const std::vector<T> row(x.begin() + static_cast<std::ptrdiff_t>(r * length),
                             x.begin() + static_cast<std::ptrdiff_t>((r + 1) * length));
    std::map<std::size_t, float> counts;
    count<T>(row, pool, ctx.attrs(), [&](std::size_t gram) { counts[gram] += 1; });
    for (const auto& [gram, times] : counts) {
      const float weight = ctx.attrs().has("weights") ? ctx.attrs().floats("weights")[gram] : 1.0f;
      y[r * width + static_cast<std::size_t>(indexes[gram])] += mode == "TF" ? times : mode == "IDF" ? weight : times * weight;
    }
  }
}

void reference(ReferenceContext& ctx) {
  switch (ctx.in(0).dtype) {
    case DType::kString:
      return vectorize<std::string>(ctx, ctx.attrs().strings("pool_strings"));
    case DType::kInt32:
      return vectorize<std::int32_t>(ctx, ctx.attrs().ints("pool_int64s"));
    default:
      return vectorize<std::int64_t>(ctx, ctx.attrs().ints("pool_int64s"));
  }
}

}  // namespace

std::span<const OpDef> tf_idf_vectorizer_ops() {
  static const OpDef defs[] = {
      {.name = "TfIdfVectorizer",
       .versions = {9},
       .attributes = {{"max_gram_length", std::nullopt, true},
                      {"max_skip_count", std::nullopt, true},
                      {"min_gram_length", std::nullopt, true},
                      {"mode", std::nullopt, true},
                      {"ngram_counts", std::nullopt, true},
                      {"ngram_indexes", std::nullopt, true},
                      {"pool_int64s"},
                      {"pool_strings"},
                      {"weights"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
