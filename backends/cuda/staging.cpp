#include "backends/cuda/staging.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "backends/cuda/library.h"

namespace onnxrun::cuda {

Staging::~Staging() {
  Failure ignored;
  for (const Block& block : blocks_) {
    if (block.event != nullptr) {
      api_.await(block.event, &ignored);
      api_.drop_event(block.event);
    }
    if (block.memory != nullptr) api_.release_pinned(block.memory, &ignored);
  }
}

// In turns: the one after the last is the one whose copy began first.
Staging::Block* Staging::take() {
  std::unique_lock lock(mutex_);
  Block* found = nullptr;
  given_.wait(lock, [&] {
    for (std::size_t i = 0; i < kBlocks && found == nullptr; ++i) {
      Block& block = blocks_[(next_ + i) % kBlocks];
      if (!block.taken) found = &block;
    }
    return found != nullptr;
  });
  found->taken = true;
  next_ = static_cast<std::size_t>(found - blocks_ + 1) % kBlocks;
  return found;
}

void Staging::give(Block* block) noexcept {
  {
    const std::scoped_lock lock(mutex_);
    block->taken = false;
  }
  given_.notify_one();
}

void Staging::copy_in(void* to, const void* from, std::size_t bytes, Stream stream) {
  for (std::size_t done = 0; done < bytes; done += kBlockBytes) {
    const std::size_t part = std::min(kBlockBytes, bytes - done);
    const auto back = [this](Block* b) { give(b); };
    const std::unique_ptr<Block, decltype(back)> block(take(), back);
    if (block->memory == nullptr) call("copy to the GPU", api_.allocate_pinned, kBlockBytes, &block->memory);
    if (block->busy) call("copy to the GPU", api_.await, block->event);
    block->busy = false;
    std::memcpy(block->memory, static_cast<const std::byte*>(from) + done, part);
    call("copy to the GPU", api_.copy_in, static_cast<std::byte*>(to) + done, block->memory, part, stream);
    call("copy to the GPU", api_.record, &block->event, stream);
    block->busy = true;
  }
}

// Small results go through a pinned block too; the driver has its own for large ones, and the host has to wait for them anyway.
void Staging::copy_out(void* to, const void* from, std::size_t bytes, Stream stream) {
  if (bytes > kBlockBytes) {
    call("copy from the GPU", api_.copy_out, to, from, bytes, stream);
    return call("copy from the GPU", api_.finish, stream);
  }
  const auto back = [this](Block* b) { give(b); };
  const std::unique_ptr<Block, decltype(back)> block(take(), back);
  if (block->memory == nullptr) call("copy from the GPU", api_.allocate_pinned, kBlockBytes, &block->memory);
  if (block->busy) call("copy from the GPU", api_.await, block->event);
  block->busy = false;
  call("copy from the GPU", api_.copy_out, block->memory, from, bytes, stream);
  call("copy from the GPU", api_.finish, stream);
  std::memcpy(to, block->memory, bytes);
}

int Staging::blocks() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(
      std::count_if(std::begin(blocks_), std::end(blocks_), [](const Block& b) { return b.memory != nullptr; }));
}

}  // namespace onnxrun::cuda
