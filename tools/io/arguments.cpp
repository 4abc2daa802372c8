#include "tools/io/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

namespace onnxrun::tools {
namespace {

// What the parser prints behind the argument's name; empty when all is well.
std::string check_text(const std::string& text) { return text.empty() ? "want some text, got none" : ""; }

std::string check_unsigned(const std::string& text) {
  errno = 0;
  if (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0) std::strtoull(text.c_str(), nullptr, 0);
  else errno = EINVAL;
  return errno == 0 ? "" : fmt::format("{} is not a whole number from 0 to {}", text, UINT64_MAX);
}

std::string check_non_negative(const std::string& text, double most) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (!text.empty() && *end == '\0' && value >= 0 && value <= most) return "";  // false for NaN
  return fmt::format("{} is not a number from 0 to {}", text, most);
}

}  // namespace

Argument Argument::required() const { return Argument(option_->required()); }
Argument Argument::type_name(const std::string& name) const { return Argument(option_->type_name(name)); }
Argument Argument::delimiter(char separator) const { return Argument(option_->delimiter(separator)); }
Argument Argument::range(std::int64_t least, std::int64_t most) const { return Argument(option_->check(CLI::Range(least, most))); }
Argument Argument::non_negative(double most) const {
  return Argument(option_->check([most](const std::string& text) { return check_non_negative(text, most); }, "0 or more"));
}
Argument Argument::one_of(std::vector<std::string> words) const { return Argument(option_->check(CLI::IsMember(std::move(words)))); }
Argument Argument::none_of(std::vector<std::string> words) const {
  const auto check = [words = std::move(words)](const std::string& text) {
    const bool taken = std::ranges::find(words, text) != words.end();
    return taken ? fmt::format("{} is one of the names that mean something else: {}", text, fmt::join(words, ", ")) : "";
  };
  return Argument(option_->check(check));
}
Argument Argument::needs(Argument other) const { return Argument(option_->needs(other.option_)); }
Argument Argument::excludes(Argument other) const { return Argument(option_->excludes(other.option_)); }

Argument Arguments::add(const std::string& name, std::string& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help)->check(check_text));
}
Argument Arguments::add(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add(const std::string& name, int& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add(const std::string& name, std::int64_t& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add(const std::string& name, std::uint64_t& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help)->check(check_unsigned));
}
Argument Arguments::add(const std::string& name, double& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add_flag(const std::string& name, bool& value, const std::string& help) {
  return Argument(app_->add_flag(name, value, help));
}

}  // namespace onnxrun::tools
