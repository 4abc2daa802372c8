// The part of NCCL's interface that this library uses, as nccl.h of 2.32.3 declares it: these names, types and numbers have been the same
// since 2.10 (bfloat16's is the youngest). The library itself is loaded when a group of devices is made: it is 300 MB, and most
// processes never ask.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

namespace onnxrun::cuda::device {

struct NcclComm;  // ncclComm, opaque
using ncclComm_t = NcclComm*;
enum ncclResult_t : int { ncclSuccess = 0 };
enum ncclDataType_t : int { ncclInt8 = 0, ncclInt32 = 2, ncclFloat16 = 6, ncclFloat32 = 7, ncclBfloat16 = 9 };
enum ncclRedOp_t : int { ncclSum = 0 };

constexpr int kOldestNccl = 21000;  // as ncclGetVersion() counts: 2.10.0

struct Nccl {
  ncclResult_t (*GetVersion)(int* version);
  const char* (*GetErrorString)(ncclResult_t result);
  ncclResult_t (*CommInitAll)(ncclComm_t* comms, int count, const int* devices);
  ncclResult_t (*CommDestroy)(ncclComm_t comm);
  ncclResult_t (*CommAbort)(ncclComm_t comm);
  ncclResult_t (*GroupStart)();
  ncclResult_t (*GroupEnd)();
  ncclResult_t (*Broadcast)(const void* from, void* to, std::size_t count, ncclDataType_t type, int root, ncclComm_t comm,
                            cudaStream_t stream);
  ncclResult_t (*AllReduce)(const void* from, void* to, std::size_t count, ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                            cudaStream_t stream);
};

}  // namespace onnxrun::cuda::device
