// The memories of the emulated devices: blocks of the heap that know whose they are.
#pragma once

#include <cstddef>

#include "tests/backends/cuda/emulator/devices.h"

namespace onnxrun::cuda::device {

// What a library emulates; runtime.cpp, which is compiled for each, says it.
struct Machine {
  int devices;
  int full;   // the device without memory; -1: none
  bool nccl;  // whether they can work together
  bool records_products = true;
};
extern const Machine kMachine;
constexpr int kMostDevices = 8;

test::EmulatedDevice& emulated(int device);
// Null beyond the device's capacity.
void* take_block(int device, std::size_t bytes);
void give_block(void* block);
// Whether these bytes are in a block of the device's.
bool is_in(int device, const void* at, std::size_t bytes);

}  // namespace onnxrun::cuda::device
