// What this backend's kernels are made of: operations in a row, whose arguments are bound to pointers at every run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/acl/operation.h"
#include "engine/backend/backend.h"

namespace onnxrun::acl {

// Where an argument of an operation lies during a run.
struct Place {
  enum Kind { kInput, kOutput, kScratch, kConstant } kind = kInput;
  std::size_t at = 0;                  // which input or output of the node; byte of the scratch memory
  std::shared_ptr<const void> memory;  // kConstant

  static Place input(int i) { return {kInput, static_cast<std::size_t>(i), nullptr}; }
  static Place output(int i) { return {kOutput, static_cast<std::size_t>(i), nullptr}; }
  static Place scratch(std::size_t byte) { return {kScratch, byte, nullptr}; }
  static Place constant(const Tensor& tensor);
};

struct Argument {
  int slot;  // arm::ACL_SRC_0, ...; of no meaning to functions and loops
  arm::TensorInfo info;
  Place place;
};

class AclKernel final : public Kernel {
 public:
  explicit AclKernel(const PrepareContext& ctx);
  ~AclKernel() override;

  // Building, within guarded().
  std::size_t reserve(std::size_t bytes);  // scratch memory that lasts for the whole run; returns its place
  // `weights`: the model's constant that the operation packs, which tells whose packed memory it may share.
  void add(MakeOperation make, std::vector<Argument> arguments, const Tensor* weights = nullptr);
  void set_unread(int input) { unread_ |= 1u << input; }
  // Packs weights and finds out what the kernels are called, for describe(): the prefix and their names. After the last add().
  void finish(PrepareContext& ctx, std::string_view prefix = "");

  void run(const KernelArgs& args) const override;
  std::unique_ptr<KernelState> make_state() const override;
  std::size_t scratch_bytes() const override { return lasting_ + passing_; }
  bool reads(int input) const override { return (unread_ >> input & 1u) == 0; }
  std::string describe() const override { return description_; }

 private:
  struct Stage;
  struct StageState;
  struct State;

  bool takes_over(const Stage& stage) const;
  void pack(Stage& stage, StageState& state, PrepareContext& ctx);
  void name(State& state) const;
  static void bind(const StageState& state, std::byte* scratch, std::size_t lasting, std::span<const TensorView> inputs,
                   std::span<const TensorView> outputs);

  std::vector<std::unique_ptr<Stage>> stages_;
  std::string description_;
  int parts_;
  unsigned unread_ = 0;
  std::size_t lasting_ = 0;  // scratch memory: what reserve() gave, then what the operations use one after the other
  std::size_t passing_ = 0;
};

}  // namespace onnxrun::acl
