// Starting work: one thread per element, a team of threads per row, or a block of threads with memory of its own. Without nvcc
// the same bodies are plain loops on the host, a team is one thread, and so tests can run every kernel of this library.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "backends/cuda/device/functions.h"

#ifdef __CUDACC__
#include <cuda_runtime.h>
#define ONNXRUN_BODY __host__ __device__ inline
#else
#include <functional>
#include <utility>
#include <vector>
#define ONNXRUN_BODY inline
#endif

namespace onnxrun::cuda::device {

// Rows up to this width are a warp's.
constexpr std::int64_t kWarpWidth = 1024;
constexpr int kBlockThreads = 256;

#ifdef __CUDACC__

inline Status launched(Failure* why) {
  const cudaError_t error = cudaPeekAtLastError();
  if (error == cudaSuccess) return Status::kOk;
  std::snprintf(why->text, sizeof why->text, "%s", cudaGetErrorString(cudaGetLastError()));
  return Status::kFailed;
}
inline unsigned blocks_for(std::int64_t work, std::int64_t per_block) {
  const std::int64_t blocks = (work + per_block - 1) / per_block;
  return static_cast<unsigned>(blocks < 65535 * 16 ? blocks : 65535 * 16);
}

// Every bit of a value, from the lane whose number differs in `mask`.
template <class T>
__device__ T exchanged(T value, int mask) {
  static_assert(sizeof(T) % 4 == 0);
  unsigned words[sizeof(T) / 4];
  memcpy(words, &value, sizeof(T));
  for (unsigned& word : words) word = __shfl_xor_sync(0xffffffffu, word, mask);
  memcpy(&value, words, sizeof(T));
  return value;
}

// The 32 threads of a warp. fold() gives all of them f over everybody's value, in a fixed order.
struct WarpTeam {
  int rank;
  static constexpr int size = 32;
  template <class T, class F>
  __device__ T fold(T value, F f) const {
    for (int mask = 16; mask > 0; mask /= 2) {
      const T other = exchanged(value, mask);
      value = (rank & mask) == 0 ? f(value, other) : f(other, value);
    }
    return value;
  }
};

struct BlockTeam {
  int rank;
  static constexpr int size = kBlockThreads;
  template <class T, class F>
  __device__ T fold(T value, F f) const {
    __shared__ __align__(16) unsigned char bytes[kBlockThreads / 32 * sizeof(T)];
    T* parts = reinterpret_cast<T*>(bytes);
    value = WarpTeam{rank % 32}.fold(value, f);
    if (rank % 32 == 0) parts[rank / 32] = value;
    __syncthreads();
    value = parts[0];
    for (int i = 1; i < kBlockThreads / 32; ++i) value = f(value, parts[i]);
    __syncthreads();
    return value;
  }
};

template <class Body>
__global__ void each_kernel(std::int64_t count, const __grid_constant__ Body body) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) body(i);
}
template <class Body>
__global__ void warp_rows_kernel(std::int64_t rows, const __grid_constant__ Body body) {
  const std::int64_t warps = blockDim.x / 32, step = gridDim.x * warps;
  for (std::int64_t row = blockIdx.x * warps + threadIdx.x / 32; row < rows; row += step)
    body(row, WarpTeam{static_cast<int>(threadIdx.x % 32)});
}
template <class Body>
__global__ void block_rows_kernel(std::int64_t rows, const __grid_constant__ Body body) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) body(row, BlockTeam{static_cast<int>(threadIdx.x)});
}

// body(i) for i < count.
template <class Body>
Status launch_each(std::int64_t count, const Body& body, Stream stream, Failure* why) {
  if (count <= 0) return Status::kOk;
  each_kernel<<<blocks_for(count, kBlockThreads), kBlockThreads, 0, static_cast<cudaStream_t>(stream)>>>(count, body);
  return launched(why);
}

// body(row, team) for each row; the team shares out `width` elements.
template <class Body>
Status launch_rows(std::int64_t rows, std::int64_t width, const Body& body, Stream stream, Failure* why) {
  if (rows <= 0) return Status::kOk;
  const auto s = static_cast<cudaStream_t>(stream);
  if (width <= kWarpWidth) {
    warp_rows_kernel<<<blocks_for(rows, kBlockThreads / 32), kBlockThreads, 0, s>>>(rows, body);
  } else {
    block_rows_kernel<<<blocks_for(rows, 1), kBlockThreads, 0, s>>>(rows, body);
  }
  return launched(why);
}

// A block of threads: each(n, f) shares out f(0..n-1) and waits for all of it.
struct Block {
  template <class F>
  __device__ void each(int n, F f) const {
    for (int i = threadIdx.x; i < n; i += blockDim.x) f(i);
    __syncthreads();
  }
};
template <class Body>
__global__ void blocks_kernel(const __grid_constant__ Body body) {
  extern __shared__ __align__(16) float memory[];
  body(std::int64_t{blockIdx.x}, Block{}, memory);
}
// body(i, block, memory) for i < count; `floats` of memory that a block's threads share, 64 KiB at most.
template <class Body>
Status launch_blocks(std::int64_t count, int threads, int floats, const Body& body, Stream stream, Failure* why) {
  if (count <= 0) return Status::kOk;
  const int bytes = floats * static_cast<int>(sizeof(float));
  if (bytes > 48 * 1024) cudaFuncSetAttribute(blocks_kernel<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  blocks_kernel<<<static_cast<unsigned>(count), threads, bytes, static_cast<cudaStream_t>(stream)>>>(body);
  return launched(why);
}

#else

// Whether the calling thread records (begin_recording), and where its kernels go then.
bool recording();
void keep(std::function<void()> kernel);
template <class Kernel>
Status start(Kernel kernel) {
  recording() ? keep(std::move(kernel)) : kernel();
  return Status::kOk;
}

struct SoloTeam {
  static constexpr int rank = 0, size = 1;
  template <class T, class F>
  T fold(T value, F) const {
    return value;
  }
};
template <class Body>
Status launch_each(std::int64_t count, const Body& body, Stream, Failure*) {
  return start([=] {
    for (std::int64_t i = 0; i < count; ++i) body(i);
  });
}
template <class Body>
Status launch_rows(std::int64_t rows, std::int64_t, const Body& body, Stream, Failure*) {
  return start([=] {
    for (std::int64_t row = 0; row < rows; ++row) body(row, SoloTeam{});
  });
}
struct Block {
  template <class F>
  void each(int n, F f) const {
    for (int i = 0; i < n; ++i) f(i);
  }
};
template <class Body>
Status launch_blocks(std::int64_t count, int, int floats, const Body& body, Stream, Failure*) {
  return start([=, memory = std::vector<float>(static_cast<std::size_t>(floats))]() mutable {
    for (std::int64_t i = 0; i < count; ++i) body(i, Block{}, memory.data());
  });
}

#endif

}  // namespace onnxrun::cuda::device
