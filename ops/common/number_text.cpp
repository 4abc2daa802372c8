#include "ops/common/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/base/check.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

template <class T>
std::string text_of(T v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v < 0 ? "-INF" : "INF";
  return fmt::format("{}", v);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

template <class T>
T whole_from_text(std::string_view text) {
  const std::string_view digits = trimmed(text);
  T v = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
  if (error == std::errc() && end == digits.data() + digits.size()) return v;
  return convert_element<T>(number_from_text(text));
}

}  // namespace

std::string number_text(float v) { return text_of(v); }
std::string number_text(double v) { return text_of(v); }

double number_from_text(std::string_view whole) {
  const std::string_view text = trimmed(whole);
  if (same_word(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (same_word(text, "true")) return 1;
  if (same_word(text, "false")) return 0;
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  const bool complete = end == text.data() + text.size() && !text.empty();
  if (error == std::errc::result_out_of_range && complete) {
    const bool tiny = text.find("e-") != text.npos || text.find("E-") != text.npos;
    return std::copysign(tiny ? 0.0 : std::numeric_limits<double>::infinity(), text[0] == '-' ? -1.0 : 1.0);
  }
  require(ErrorCode::kUsage, error == std::errc() && complete, "cannot read \"{}\" as a number", whole);
  return v;
}

std::int64_t integer_from_text(std::string_view text) { return whole_from_text<std::int64_t>(text); }
std::uint64_t unsigned_from_text(std::string_view text) { return whole_from_text<std::uint64_t>(text); }

}  // namespace onnxrun
