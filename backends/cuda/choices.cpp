#include "backends/cuda/choices.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <span>
#include <system_error>

#include "engine/base/atomic_file.h"
#include "onnxrun/error.h"

namespace onnxrun::cuda {
namespace {

constexpr std::size_t kMostBytes = std::size_t{8} << 20;  // of a file that is read

std::string digits(const std::string& key) {
  std::string text;
  for (const char c : key) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// "<key> <plan>".
std::optional<std::pair<std::string, int>> parse(const std::string& line) {
  const std::size_t space = line.find(' ');
  if (space == 0 || space == std::string::npos || line.find_first_not_of("0123456789abcdef") != space) return std::nullopt;
  int plan = -1;
  const char* end = line.data() + line.size();
  const auto [at, error] = std::from_chars(line.data() + space + 1, end, plan);
  if (error != std::errc() || at != end || plan < 0 || plan >= Choices::kPlans) return std::nullopt;
  return std::pair(line.substr(0, space), plan);
}

}  // namespace

std::filesystem::path choices_file() {
  const char* named = std::getenv(kChoicesVariable);
  return named == nullptr ? "" : named;
}

Choices::Choices(std::filesystem::path file, const DeviceFacts& facts)
    : file_(std::move(file)), title_(fmt::format("onnxrun convolutions 1, {}, cuDNN {}", facts.name, facts.cudnn)) {
  if (wanted()) read();
}

void Choices::read() {
  std::error_code error;
  if (!std::filesystem::exists(file_, error)) return;
  const auto bytes = std::filesystem::file_size(file_, error);
  if (error || bytes > kMostBytes) {
    complaint_ = fmt::format("{} is no file of choices", file_.string());
    return;
  }
  std::ifstream in(file_);
  std::string line;
  if (!std::getline(in, line) || line != title_) {
    complaint_ = fmt::format("{} is not of this device and cuDNN: its first line is not '{}'", file_.string(), title_);
    return;
  }
  std::map<std::string, int> found;
  for (int number = 2; std::getline(in, line); ++number) {
    auto choice = parse(line);
    if (!choice || found.size() >= kMost) {
      complaint_ = fmt::format("line {} of {} is no choice: nothing of it is used", number, file_.string());
      return;
    }
    found.insert(std::move(*choice));
  }
  plans_.merge(found);
}

void Choices::write() {
  std::string text = title_ + '\n';
  for (const auto& [key, plan] : plans_) text += fmt::format("{} {}\n", key, plan);
  try {
    AtomicFile out(file_);
    out.write(std::as_bytes(std::span(text)));
    out.commit();
    complaint_.clear();
  } catch (const Error&) {
    complaint_ = fmt::format("{} can't be written", file_.string());
  }
}

std::string Choices::about() const {
  if (!wanted()) return {};
  const std::scoped_lock lock(mutex_);
  return complaint_.empty() ? fmt::format(", plans of {} convolutions measured before", plans_.size()) : "; " + complaint_;
}

std::optional<int> Choices::find(const std::string& key) const {
  const std::scoped_lock lock(mutex_);
  const auto at = plans_.find(digits(key));
  return at == plans_.end() ? std::nullopt : std::optional(at->second);
}

void Choices::keep(const std::string& key, int plan) {
  const std::scoped_lock lock(mutex_);
  if (!wanted()) return;
  read();
  if (plans_.size() >= kMost) return;
  plans_.insert_or_assign(digits(key), plan);
  write();
}

std::size_t Choices::size() const {
  const std::scoped_lock lock(mutex_);
  return plans_.size();
}

}  // namespace onnxrun::cuda
