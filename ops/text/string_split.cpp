// StringSplit: y = the pieces of every text of x in a new last dimension, filled up with empty texts; z = how many there are.
// Pieces stand between delimiters; without a delimiter they stand between runs of white space (Unicode's), and white space around
// the text is dropped. maxsplit cuts are made at most, from the left; the last piece is then what remains.
//
// As in Python, an empty text has one empty piece where there is a delimiter and none where there isn't; and a negative maxsplit
// is no limit.
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/reference.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kString});
  ctx.set(1, DType::kInt64, ctx.in(0).shape);
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kString, std::nullopt);
  Dims pieces = ctx.shape(0);
  pieces.push_back(dims_product(pieces).is(0) ? Dim(0) : ctx.fresh());
  ctx.set(0, DType::kString, std::move(pieces));
}

// Whether the character at `at` is white space; moves `at` behind it. Bytes that are no UTF-8 are none.
bool next_is_space(std::string_view text, std::size_t& at) {
  UChar32 c = 0;
  U8_NEXT(text.data(), at, text.size(), c);
  return c >= 0 && u_isspace(c);
}

std::string_view trim(std::string_view text) {
  std::size_t begin = text.size(), end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (next_is_space(text, at)) continue;
    begin = std::min(begin, start);
    end = at;
  }
  return text.substr(begin, end - begin);
}

// Where the first character lies that is white space (`space`) or that isn't; the text's end when there is no such character.
std::size_t find(std::string_view text, bool space) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (next_is_space(text, at) == space) return start;
  }
  return text.size();
}

template <class F>
void split_at_space(std::string_view text, std::int64_t cuts, F piece) {
  text = trim(text);
  for (; !text.empty(); --cuts) {
    const std::size_t end = cuts > 0 ? find(text, true) : text.size();
    piece(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(find(text, false));
  }
}

template <class F>
void split_at(std::string_view text, std::string_view delimiter, std::int64_t cuts, F piece) {
  for (std::size_t at; cuts > 0 && (at = text.find(delimiter)) != text.npos; --cuts) {
    piece(text.substr(0, at));
    text.remove_prefix(at + delimiter.size());
  }
  piece(text);
}

void reference(ReferenceContext& ctx) {
  const std::string delimiter = ctx.attrs().s("delimiter", "");
  std::int64_t cuts = ctx.attrs().i("maxsplit", -1);
  if (cuts < 0) cuts = std::numeric_limits<std::int64_t>::max();
  const auto split = [&](std::string_view text, auto piece) {
    delimiter.empty() ? split_at_space(text, cuts, piece) : split_at(text, delimiter, cuts, piece);
  };
  // Twice over the texts: pieces are not kept anywhere but in the output.
  const auto x = ctx.in<std::string>(0);
  std::vector<std::int64_t> counts(x.size());
  std::int64_t most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    split(x[i], [&](std::string_view) { ++counts[i]; });
    most = std::max(most, counts[i]);
  }
  Shape shape(ctx.in(0).shape.begin(), ctx.in(0).shape.end());
  if (ctx.wants(1)) std::ranges::copy(counts, ctx.allocate(1, shape).as<std::int64_t>());
  if (!ctx.wants(0)) return;
  shape.push_back(most);
  std::string* y = ctx.allocate(0, shape).as<std::string>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    split(x[i], [&](std::string_view text) { *y++ = text; });
    for (std::int64_t k = counts[i]; k < most; ++k) (y++)->clear();
  }
}

}  // namespace

std::span<const OpDef> string_split_ops() {
  static const OpDef defs[] = {
      {.name = "StringSplit",
       .versions = {20},
       .outputs = {2, 2},
       .attributes = {{"delimiter"}, {"maxsplit"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
