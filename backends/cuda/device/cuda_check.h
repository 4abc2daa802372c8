// What CUDA's libraries answer, as a Status with their own words.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime.h>

#include <cstdio>

#include "backends/cuda/device/api.h"

namespace onnxrun::cuda::device {

inline Status refuse(Status status, Failure* why, const char* text) {
  std::snprintf(why->text, sizeof why->text, "%s", text);
  return status;
}
inline Status answer(cudaError_t error, Failure* why) {
  if (error == cudaSuccess) return Status::kOk;
  cudaGetLastError();  // an error that is told is not to be found again by the next call
  return refuse(error == cudaErrorMemoryAllocation ? Status::kOutOfMemory : Status::kFailed, why, cudaGetErrorString(error));
}
inline Status answer(cublasStatus_t status, Failure* why) {
  if (status == CUBLAS_STATUS_SUCCESS) return Status::kOk;
  return refuse(status == CUBLAS_STATUS_ALLOC_FAILED ? Status::kOutOfMemory : Status::kFailed, why,
                cublasLtGetStatusString(status));
}

}  // namespace onnxrun::cuda::device
