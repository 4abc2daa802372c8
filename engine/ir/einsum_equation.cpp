#include "engine/ir/einsum_equation.h"

#include <algorithm>
#include <map>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

constexpr int kDots = -1;  // stands for an ellipsis until its size is known

Labels parse_term(std::string_view term, std::string_view whole) {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    const char c = term[i];
    if (c == ' ') continue;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      require(term.substr(i, 3) == "...", "equation \"{}\" has '{}' where a letter or an ellipsis belongs", whole, c);
      require(std::ranges::find(labels, kDots) == labels.end(), "equation \"{}\" has two ellipses in one term", whole);
      labels.push_back(kDots);
      i += 2;
    }
  }
  return labels;
}

// Puts the labels of `size` dimensions where the ellipsis stands.
Labels expand(const Labels& term, int size) {
  Labels out;
  for (const int label : term) {
    if (label != kDots) {
      out.push_back(label);
      continue;
    }
    for (int i = size; i-- > 0;) out.push_back(kEllipsis + i);
  }
  return out;
}

// Without "->": the ellipsis, then every letter that occurs once, in ASCII order.
Labels implicit_output(const std::vector<Labels>& terms) {
  std::map<int, int> count;
  for (const Labels& term : terms) {
    for (const int label : term) ++count[label];
  }
  Labels out;
  for (const auto& [label, n] : count) {
    if (label == kDots || n == 1) out.push_back(label);
  }
  return out;
}

}  // namespace

Equation parse_equation(std::string_view text, const std::vector<int>& ranks) {
  const std::size_t arrow = text.find("->");
  std::vector<Labels> terms;
  std::string_view left = text.substr(0, arrow);
  for (bool more = true; more;) {
    const std::size_t comma = left.find(',');
    more = comma != left.npos;
    terms.push_back(parse_term(left.substr(0, comma), text));
    if (more) left.remove_prefix(comma + 1);
  }
  require(terms.size() == ranks.size(), "equation \"{}\" has {} terms for {} inputs", text, terms.size(), ranks.size());

  Equation e;
  int widest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const bool dots = std::ranges::find(terms[i], kDots) != terms[i].end();
    const int letters = static_cast<int>(terms[i].size()) - dots, size = ranks[i] - letters;
    require(dots ? size >= 0 : size == 0, "equation \"{}\" gives input {} of rank {} {} letters", text, i, ranks[i], letters);
    widest = std::max(widest, size);
    e.inputs.push_back(expand(terms[i], size));
  }
  const Labels output = arrow == text.npos ? implicit_output(terms) : parse_term(text.substr(arrow + 2), text);
  e.output = expand(output, widest);
  for (std::size_t i = 0; i < e.output.size(); ++i) {
    const int label = e.output[i];
    const bool known = std::ranges::any_of(e.inputs, [&](const Labels& in) { return std::ranges::find(in, label) != in.end(); });
    require(known, "equation \"{}\": no input has output {}", text, i);
    require(std::count(e.output.begin(), e.output.end(), label) == 1, "equation \"{}\" repeats output {}", text, i);
  }
  return e;
}

}  // namespace onnxrun
