// RegexFullMatch: whether the whole of each text matches a pattern in RE2's syntax. Bytes of a text that are not valid UTF-8 match
// nothing.
#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "engine/ir/reference.h"
#include "ops/common/checks.h"

namespace onnxrun {
namespace {

// How much of a pattern a message shows.
constexpr std::size_t kShown = 100;

class Pattern {
 public:
  explicit Pattern(const Attributes& attrs) : regex_(attrs.s("pattern"), RE2::Quiet) {
    require(regex_.ok(), "attribute pattern is '{}', want a regular expression in RE2's syntax: {}",
            attrs.s("pattern").substr(0, kShown), regex_.error().substr(0, kShown));
  }
  bool matches(const std::string& text) const { return RE2::FullMatch(text, regex_); }

 private:
  RE2 regex_;
};

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kString});
  const Pattern valid(ctx.attrs());
  ctx.set(0, DType::kBool, ctx.in(0).shape);
}

void reference(ReferenceContext& ctx) {
  const Pattern pattern(ctx.attrs());
  const auto x = ctx.in<std::string>(0);
  std::ranges::transform(x, ctx.out<bool>(0).begin(), [&](const std::string& text) { return pattern.matches(text); });
}

}  // namespace

std::span<const OpDef> regex_full_match_ops() {
  static const OpDef defs[] = {
      {.name = "RegexFullMatch",
       .versions = {20},
       .attributes = {{"pattern", std::nullopt, true}},
       .infer = infer,
       .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
