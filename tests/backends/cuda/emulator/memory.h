// The memories of the emulated devices: blocks of the heap that know whose they are.
#pragma once

#include <cstddef>

#include "tests/backends/cuda/emulator/devices.h"

#ifndef ONNXRUN_EMULATED_DEVICES
#define ONNXRUN_EMULATED_DEVICES 1
#endif

namespace onnxrun::cuda::device {

constexpr int kDevices = ONNXRUN_EMULATED_DEVICES;

test::EmulatedDevice& emulated(int device);
// Null beyond the device's capacity.
void* take_block(int device, std::size_t bytes);
void give_block(void* block);
// Whether these bytes are in a block of the device's.
bool is_in(int device, const void* at, std::size_t bytes);

}  // namespace onnxrun::cuda::device
