// What cuDNN itself would run on cards that are not here: libonnxrun_cuda.so makes plans for them from cuDNN's descriptions of devices.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "backends/cuda/device/api.h"

namespace onnxrun::test {
namespace {

using cuda::Code;
using cuda::ConvSpec;
using cuda::Elem;
using cuda::FusedEnd;
using cuda::Precision;

const cuda::Api& library() {
  static const cuda::Api* api = [] {
    void* handle = dlopen(ONNXRUN_CUDA_DEVICE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    REQUIRE_MESSAGE(handle != nullptr, dlerror());
    return reinterpret_cast<const cuda::Api* (*)()>(dlsym(handle, cuda::kApiSymbol))();
  }();
  return *api;
}

// As cudaGetDeviceProperties tells of them.
struct Card {
  const char* name;
  int capability, processors, shared_bytes, threads, blocks, l2_bytes;
};
constexpr Card kT4{"Tesla T4", 750, 40, 65536, 1024, 16, 4 << 20};
constexpr Card kA100{"NVIDIA A100", 800, 108, 166912, 2048, 32, 40 << 20};
constexpr Card kH200{"NVIDIA H200", 900, 132, 232448, 2048, 32, 50 << 20};

std::string json(const Card& c) {
  return fmt::format(
      R"({{"deviceName": "{}", "deviceVer": {}, "driverVer": 13000, "multiProcessorCount": {}, "maxSharedMemoryPerBlockOptin": {}, )"
      R"("maxThreadsPerSM": {}, "maxCtasPerSM": {}, "l2CacheSize": {}, "maxGridSize": [2147483647, 65535, 65535], )"
      R"("maxBlockSize": [1024, 1024, 64], "regsPerBlock": 65536, "warpSize": 32, "maxSharedMemoryPerBlock": 49152, )"
      R"("reservedSharedMemoryPerBlock": {}, "maxRegistersPerSM": 65536, "maxThreadsPerBlock": 1024, "pciDeviceId": 0, "isTccDriver": 0, )"
      R"("supportCoopLaunch": 1, "smClockRateKHz": 1500000, "memClockRateKHz": 2000000, "totalGlobalMem": 16106127360, "cudaDeviceId": 0}})",
      c.name, c.capability, c.processors, c.shared_bytes, c.threads, c.blocks, c.l2_bytes, c.capability < 800 ? 0 : 1024);
}

// While it lives, plans are made for the card.
class On {
 public:
  explicit On(const Card& card) {
    cuda::Failure why{};
    REQUIRE_MESSAGE(library().plan_for(json(card).c_str(), card.capability / 10, &why) == cuda::Status::kOk, why.text);
  }
  ~On() {
    cuda::Failure why{};
    library().plan_for(nullptr, 0, &why);
  }
  On(const On&) = delete;
  On& operator=(const On&) = delete;

  // How it would go; or why it wouldn't.
  std::string conv(const ConvSpec& spec) const { return made(library().make_conv, library().drop_conv, spec); }
  std::string attention(const cuda::AttentionArgs& args) const { return made(library().make_attention, library().drop_attention, args); }

 private:
  template <class Make, class Drop, class Spec>
  static std::string made(Make make, Drop drop, const Spec& spec) {
    cuda::Failure why{};
    void* handle = nullptr;
    std::size_t workspace = 0;
    char how[64]{};
    if (make(spec, &handle, &workspace, how, &why) != cuda::Status::kOk) return why.text;
    drop(handle);
    return how;
  }
};

struct Size {
  const char* name;
  std::int64_t batch, channels, filters, in, kernel, stride = 1, groups = 1;
};
constexpr Size kStem{"stem", 8, 3, 64, 224, 7, 2}, k3x3{"3x3", 8, 64, 64, 56, 3}, k1x1{"1x1", 32, 256, 64, 56, 1},
    kHalved{"halved", 1, 256, 512, 56, 1, 2}, kGrouped{"grouped", 8, 128, 128, 56, 3, 1, 32}, kOdd{"odd", 3, 17, 33, 28, 3},
    kDepthwise{"depthwise", 8, 96, 96, 56, 3, 1, 96};
constexpr FusedEnd kNone{Code::kCopy, 0, 0}, kRelu{Code::kRelu, 0, 0}, kRelu6{Code::kClip, 0, 6}, kSwish{Code::kSwish, 1, 0}, kSigmoid{Code::kSigmoid, 0, 0};

ConvSpec conv(const Size& s, Elem type, FusedEnd end, bool residual = false, Precision precision = Precision::kTf32) {
  const std::int64_t pad = s.kernel / 2, out = (s.in + 2 * pad - s.kernel) / s.stride + 1;
  const cuda::WindowAxis none{1, 1, 1, 1, 1, 0, 0}, axis{s.in, out, s.kernel, s.stride, 1, pad, pad};
  return {type, precision, s.batch, s.channels, s.filters, s.groups, {none, axis, axis}, 2, true, residual, end, 0};
}
std::string label(const Card& card, Elem type, const Size& s) { return fmt::format("{}, type {}, {}", card.name, static_cast<int>(type), s.name); }
bool by_good_engine(const std::string& how) { return how.starts_with("cuDNN") && !how.ends_with(", eng0"); }
std::vector<Elem> types_of(const Card& card) {
  return card.capability < 800 ? std::vector{Elem::kF32, Elem::kF16} : std::vector{Elem::kF32, Elem::kF16, Elem::kBF16};
}

TEST_CASE("cuda cards: bias, residual and ReLU are part of cuDNN's ready-made convolutions") {
  for (const Card& card : {kT4, kA100, kH200}) {
    const On on(card);
    for (const Elem type : types_of(card)) {
      for (const Size& size : {kStem, k3x3, k1x1, kHalved, kGrouped, kOdd}) {
        for (const bool residual : {false, true}) {
          for (const Precision precision : {Precision::kExact, Precision::kTf32}) {
            const std::string how = on.conv(conv(size, type, kRelu, residual, precision));
            CHECK_MESSAGE(how.starts_with("cuDNN, fused"), label(card, type, size), ": ", how);
            if (precision == Precision::kTf32) CHECK_MESSAGE(by_good_engine(how), label(card, type, size), ": ", how);
          }
        }
      }
    }
  }
}

TEST_CASE("cuda cards: other activations follow the convolution, for its generic engine alone has them") {
  for (const Card& card : {kT4, kA100, kH200}) {
    const On on(card);
    for (const Elem type : types_of(card)) {
      for (const FusedEnd& end : {kRelu6, kSwish, kSigmoid}) {
        const std::string how = on.conv(conv(k3x3, type, end));
        CHECK_MESSAGE(by_good_engine(how), label(card, type, k3x3), ": ", how);
      }
    }
  }
}

TEST_CASE("cuda cards: depthwise by our kernel, unless a measured plan is asked for") {
  const On on(kH200);
  ConvSpec spec = conv(kDepthwise, Elem::kF16, kRelu6);
  CHECK(on.conv(spec) == "convolution, own kernel");
  spec.plan = 2;
  CHECK(on.conv(spec) == "cuDNN, eng57, plan 2");
}

TEST_CASE("cuda cards: a T4 has no bf16") { CHECK(On(kT4).conv(conv(k3x3, Elem::kBF16, kNone)) == "convolution, own kernel"); }

// Twelve heads of 64, queries, keys and values beside each other in one tensor, as BERT's are once their products are one.
cuda::AttentionArgs attention(Elem type, Elem mask, std::int64_t mask_rows) {
  constexpr std::int64_t kBatch = 8, kHeads = 12, kRows = 128, kSize = 64;
  cuda::AttentionArgs a{};
  a.type = type, a.mask_type = mask;
  a.batch = kBatch, a.heads = a.kv_heads = kHeads, a.queries = a.keys = kRows, a.size = a.v_size = kSize;
  a.mask_keys = mask == Elem::kNone ? 0 : kRows;
  a.scale = 0.125f;
  a.q_strides = a.k_strides = a.v_strides = {kRows * 3 * kHeads * kSize, kSize, 3 * kHeads * kSize};
  a.y_strides = {kRows * kHeads * kSize, kSize, kHeads * kSize};
  a.mask_strides = {mask_rows * kRows, 0, mask_rows == 1 ? 0 : kRows};
  return a;
}

TEST_CASE("cuda cards: fused attention from compute capability 8.0 on, with masks of one row or of all") {
  for (const Card& card : {kA100, kH200}) {
    const On on(card);
    for (const Elem type : {Elem::kF16, Elem::kBF16}) {
      for (const std::int64_t rows : {1, 128}) {
        const std::string how = on.attention(attention(type, rows == 1 ? Elem::kF32 : type, rows));
        CHECK_MESSAGE(how.starts_with("attention, cuDNN, fused, eng"), card.name, ": ", how);
      }
    }
    CHECK(on.attention(attention(Elem::kF16, Elem::kNone, 1)).starts_with("attention, cuDNN, fused, eng"));
  }
  const std::string how = On(kT4).attention(attention(Elem::kF16, Elem::kNone, 1));
  CHECK_MESSAGE(how.starts_with("cuDNN has no kernel for it: "), how);
}

// Of the kernel for keys that fill cuDNN's tiles there is one without bounds.
TEST_CASE("cuda cards: attention's kernel serves other sizes of its kind, and no others") {
  const auto& loaded = *static_cast<const std::uint64_t*>(dlsym(dlopen("libcuda.so.1", RTLD_NOW), "onnxrun_image"));
  for (const Card& card : {kA100, kH200}) {
    const On on(card);
    const auto image = [&](std::int64_t batch, std::int64_t rows) {
      cuda::AttentionArgs a = attention(Elem::kF16, Elem::kF32, 1);
      a.batch = batch, a.queries = a.keys = a.mask_keys = rows;
      a.q_strides.batch = a.k_strides.batch = a.v_strides.batch = rows * a.q_strides.row;
      a.y_strides.batch = rows * a.y_strides.row, a.mask_strides.batch = rows;
      const std::string how = on.attention(a);
      CHECK_MESSAGE(how.starts_with("attention, cuDNN, fused, eng"), how);
      return loaded;
    };
    const std::uint64_t whole = image(8, 128), ragged = image(8, 40);
    CHECK(whole != ragged);
    CHECK(image(3, 384) == whole);
    CHECK(image(64, 1000) == ragged);
    CHECK(image(8, 7) != ragged);
  }
}

TEST_CASE("cuda cards: what is no description of a device is refused") {
  cuda::Failure why{};
  CHECK(library().plan_for("{}", 75, &why) == cuda::Status::kFailed);
  CHECK(std::string(why.text) != "");
}

}  // namespace
}  // namespace onnxrun::test
