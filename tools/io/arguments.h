// The arguments of a subcommand. Only arguments.cpp and the main program see the parser's header: CLI11's inline objects cost every
// file that includes it seconds of compilation.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace onnxrun::tools {

// One argument, to be described further; a handle, copied freely.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}
  Argument required() const;
  Argument type_name(const std::string& name) const;           // what --help shows for the value
  Argument delimiter(char separator) const;                    // one word may hold several values
  Argument range(std::int64_t least, std::int64_t most) const;  // both ends included
  Argument non_negative(double most = std::numeric_limits<double>::max()) const;  // 0 to `most`; neither infinite nor NaN
  Argument one_of(std::vector<std::string> words) const;
  Argument none_of(std::vector<std::string> words) const;
  Argument needs(Argument other) const;
  Argument excludes(Argument other) const;

 private:
  CLI::Option* option_;
};

// What a subcommand takes. The variables are set while parsing and must outlive it.
class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(&app) {}
  // `name`: "model" for one without dashes, "--seed", or "-o,--output". Text must not be empty, a uint64 not begin with a sign.
  Argument add(const std::string& name, std::string& value, const std::string& help);
  Argument add(const std::string& name, std::vector<std::string>& value, const std::string& help);
  Argument add(const std::string& name, int& value, const std::string& help);
  Argument add(const std::string& name, std::int64_t& value, const std::string& help);
  Argument add(const std::string& name, std::uint64_t& value, const std::string& help);
  Argument add(const std::string& name, double& value, const std::string& help);
  Argument add_flag(const std::string& name, bool& value, const std::string& help);

 private:
  CLI::App* app_;
};

}  // namespace onnxrun::tools
