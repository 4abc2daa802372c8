// A driver without a device, for cuDNN's compiler of kernels: it loads what is compiled, and refuses all else. cuDNN wants every one of these
// to be there; CUDA's runtime misses others, and finds no device.
namespace {

constexpr int kDone = 0, kNoDevice = 100;
int something;
int give(void** handle) {
  *handle = &something;
  return kDone;
}

}  // namespace

extern "C" {

int onnxrun_loaded = 0;  // how many compiled kernels
int cuLibraryLoadData(void** library) {
  ++onnxrun_loaded;
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
