#include "tools/io/arguments.h"

#include <CLI/CLI.hpp>

namespace onnxrun::tools {

Argument Argument::required() const { return Argument(option_->required()); }
Argument Argument::type_name(const std::string& name) const { return Argument(option_->type_name(name)); }
Argument Argument::delimiter(char separator) const { return Argument(option_->delimiter(separator)); }
Argument Argument::range(std::int64_t least, std::int64_t most) const { return Argument(option_->check(CLI::Range(least, most))); }
Argument Argument::positive() const { return Argument(option_->check(CLI::PositiveNumber)); }
Argument Argument::non_negative() const { return Argument(option_->check(CLI::NonNegativeNumber)); }
Argument Argument::one_of(std::vector<std::string> words) const { return Argument(option_->check(CLI::IsMember(std::move(words)))); }
Argument Argument::needs(Argument other) const { return Argument(option_->needs(other.option_)); }
Argument Argument::excludes(Argument other) const { return Argument(option_->excludes(other.option_)); }

Argument Arguments::add(const std::string& name, std::string& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
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
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add(const std::string& name, double& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
Argument Arguments::add_flag(const std::string& name, bool& value, const std::string& help) {
  return Argument(app_->add_flag(name, value, help));
}

}  // namespace onnxrun::tools
