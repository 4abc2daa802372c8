// Choices: which plan measuring has found to be the fastest for a convolution, kept in a file from process to process. Only where
// the user names one: without it, cuDNN's heuristics choose.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "backends/cuda/device/api.h"

namespace onnxrun::cuda {

// Environment variable with the file's path; unset or empty: nothing is measured.
constexpr const char* kChoicesVariable = "ONNXRUN_CUDA_CHOICES";
std::filesystem::path choices_file();

// Thread-safe. A file of another device, of another cuDNN or of no such kind counts as empty, and is written anew with the first choice.
class Choices {
 public:
  static constexpr int kPlans = 4;               // of the heuristics' that are measured
  static constexpr std::size_t kMost = 4096;     // choices that a file holds; later ones are not kept

  // An empty path: there are none, and none are kept.
  Choices(std::filesystem::path file, const DeviceFacts& facts);
  bool wanted() const { return !file_.empty(); }
  // For the device's description: how many there are, or what speaks against the file; empty where none are wanted.
  std::string about() const;
  std::optional<int> find(const std::string& key) const;
  // Writes the file whole, with what others have put there since: they see it as it was or as it is.
  void keep(const std::string& key, int plan);
  std::size_t size() const;

 private:
  void read();  // adds what the file has
  void write();

  const std::filesystem::path file_;
  const std::string title_;  // the first line: what the choices are for
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, int> plans_;  // by key, in hexadecimal digits
  std::string complaint_;             // about the file as it was read or written last
};

}  // namespace onnxrun::cuda
