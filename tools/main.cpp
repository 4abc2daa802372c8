// onnx-run: the program. Each subcommand is a file in tools/commands.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "onnxrun/error.h"
#include "onnxrun/version.h"
#include "tools/commands/commands.h"

namespace {

using namespace onnxrun::tools;

struct Command {
  const char* name;
  const char* about;
  Action (*add)(Arguments);
};

constexpr Command kCommands[] = {
    {"info", "Show a model's inputs, outputs, opsets, operators, parameters and FLOPs", add_info},
    {"check", "Is the model valid, and who would run it?", add_check},
    {"run", "Run a model once on given or generated inputs", add_run},
    {"compare", "Compare outputs with recorded test data, or two backends with each other", add_compare},
    {"bench", "Measure load time, throughput and latency", add_bench},
    {"profile", "Show the time of each operator; write a Chrome trace", add_profile},
    {"explain", "Show for every node who runs it, how, and why the others don't", add_explain},
    {"optimize", "Write the optimised graph as text or as ONNX", add_optimize},
    {"batch", "Score a folder of images or a file of texts into JSON lines", add_batch},
    {"backends", "List the backends of this machine", add_backends},
    {"ops", "List the operators and the backends that implement them", add_ops},
};

constexpr const char* kFooter =
    "Examples:\n"
    "  onnx-run info model.onnx\n"
    "  onnx-run run model.onnx --inputs image.npz --outputs out.npz\n"
    "  onnx-run bench model.onnx --shape input=1x3x224x224 --threads 2 --json\n"
    "  onnx-run explain model.onnx\n"
    "  onnx-run batch MODEL_DIR --input photos --output scores.jsonl\n"
    "Exit status: 0 ok, 1 mismatch, 2 usage, 3 bad model, 4 unsupported operator, 5 backend or device missing,\n"
    "             6 out of resources, 7 time limit.\n"
    "`onnx-run COMMAND --help` shows the options of one command.";

// What is wrong with the first word, which names the command; empty when nothing is.
std::string unknown_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  std::string names;
  for (const Command& command : kCommands) {
    if (std::string_view(argv[1]) == command.name) return "";
    names += (names.empty() ? "" : ", ") + std::string(command.name);
  }
  return "there is no command '" + std::string(argv[1]) + "'; there are " + names;
}

int report(const char* message, int status) {
  std::fprintf(stderr, "onnx-run: %s\n", message);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("onnx-run: runs ONNX models on CPUs and GPUs, and says how.", "onnx-run");
  app.set_version_flag("--version", std::string("onnx-run ") + onnxrun::version());
  app.require_subcommand(1);
  app.footer(kFooter);
  if (const std::string unknown = unknown_command(argc, argv); !unknown.empty()) return report(unknown.c_str(), static_cast<int>(onnxrun::ErrorCode::kUsage));
  Action chosen;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.about);
    sub->callback([&chosen, action = command.add(Arguments(*sub))] { chosen = action; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : static_cast<int>(onnxrun::ErrorCode::kUsage);
  }
  try {
    const int status = chosen();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
    return status;
  } catch (const onnxrun::Error& e) {
    return report(e.what(), static_cast<int>(e.code()));
  } catch (const std::bad_alloc&) {
    return report("out of memory", static_cast<int>(onnxrun::ErrorCode::kOutOfResources));
  } catch (const std::filesystem::filesystem_error& e) {
    return report(e.what(), static_cast<int>(onnxrun::ErrorCode::kUsage));
  } catch (const std::system_error& e) {  // standard output can't be written
    return report(e.what(), static_cast<int>(onnxrun::ErrorCode::kOutOfResources));
  } catch (const std::exception& e) {
    return report(e.what(), static_cast<int>(onnxrun::ErrorCode::kUsage));
  }
}
