// A driver without a device, for cuDNN's compiler of kernels: it loads what is compiled, and refuses all else. cuDNN wants every one of these
// to be there; CUDA's runtime misses others, and finds no device.
#include <elf.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

namespace {

constexpr int kDone = 0, kNoDevice = 100;
int something;
int give(void** handle) {
  *handle = &something;
  return kDone;
}

}  // namespace

extern "C" {

// Of the compiled kernel, an ELF file, that was loaded last: a number that others will hardly have.
std::uint64_t onnxrun_image = 0;
int cuLibraryLoadData(void** library, const unsigned char* code) {
  Elf64_Ehdr header;
  std::memcpy(&header, code, sizeof header);
  const std::size_t size = header.e_shoff + std::size_t{header.e_shentsize} * header.e_shnum;
  onnxrun_image = std::hash<std::string_view>{}({reinterpret_cast<const char*>(code), size});
  return give(library);
}
int cuLibraryGetKernel(void** kernel) { return give(kernel); }
int cuKernelGetFunction(void** function) { return give(function); }
int cuLibraryUnload() { return kDone; }
int cuKernelSetAttribute() { return kDone; }
int cuFuncSetAttribute() { return kDone; }

#define REFUSED(name) \
  int name() { return kNoDevice; }
REFUSED(cuCtxGetCurrent)
REFUSED(cuCtxGetLimit)
REFUSED(cuCtxPopCurrent)
REFUSED(cuCtxPushCurrent)
REFUSED(cuDeviceGet)
REFUSED(cuDeviceGetCount)
REFUSED(cuDriverGetVersion)
REFUSED(cuGetErrorName)
REFUSED(cuGetErrorString)
REFUSED(cuKernelGetAttribute)
REFUSED(cuLaunchCooperativeKernel)
REFUSED(cuLaunchKernel)
REFUSED(cuLaunchKernelEx)
REFUSED(cuLibraryLoadFromFile)
REFUSED(cuLinkAddData)
REFUSED(cuLinkComplete)
REFUSED(cuLinkCreate)
REFUSED(cuLinkDestroy)
REFUSED(cuOccupancyMaxPotentialClusterSize)
REFUSED(cuStreamGetCtx)

}  // extern "C"
