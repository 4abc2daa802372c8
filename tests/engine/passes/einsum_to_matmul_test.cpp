#include <doctest/doctest.h>

#include "engine/passes/passes.h"
#include "tests/support/check_pass.h"

namespace onnxrun {
namespace {

using test::check_pass;
using test::check_pass_unchanged;
using test::check_same_results;

std::string graph(std::string_view a, std::string_view b, std::string_view body) {
  return "graph main(%a: " + std::string(a) + ", %b: " + std::string(b) + ") -> (%y) {\n " + std::string(body) + "\n}";
}
std::string einsum(std::string_view a, std::string_view b, std::string_view equation) {
  return graph(a, b, "%y = Einsum(%a, %b) {equation = \"" + std::string(equation) + "\"}");
}

TEST_CASE("einsum_to_matmul: attention's products, sizes unknown") {
  check_pass(einsum("f32[B, Q, 12, 64]", "f32[B, K, 12, 64]", "bqhd,bkhd->bhqk"), einsum_to_matmul,
             graph("f32[B, Q, 12, 64]", "f32[B, K, 12, 64]",
                   "%p = Transpose(%a) {perm = [0, 2, 1, 3]}\n %q = Transpose(%b) {perm = [0, 2, 3, 1]}\n %y = MatMul(%p, %q)"));
  check_pass(einsum("f32[B, 12, Q, K]", "f32[B, K, 12, 64]", "bhqk,bkhd->bqhd"), einsum_to_matmul,
             graph("f32[B, 12, Q, K]", "f32[B, K, 12, 64]",
                   "%q = Transpose(%b) {perm = [0, 2, 1, 3]}\n %m = MatMul(%a, %q)\n %y = Transpose(%m) {perm = [0, 2, 1, 3]}"));
  check_pass(einsum("f32[M, K]", "f32[K, N]", "ij,jk->ik"), einsum_to_matmul, graph("f32[M, K]", "f32[K, N]", "%y = MatMul(%a, %b)"));
}

TEST_CASE("einsum_to_matmul: several columns, several sums") {
  check_pass(einsum("f32[B, S, 6]", "f32[6, 4, 5]", "abc,cde->abde"), einsum_to_matmul,
             graph("f32[B, S, 6]", "f32[6, 4, 5]",
                   "%i = const i64[2] {6, 20}\n %q = Reshape(%b, %i)\n %m = MatMul(%a, %q)\n %o = const i64[4] {0, 0, 4, 5}\n"
                   " %y = Reshape(%m, %o)"));
  check_pass(einsum("f32[B, S, 4, 5]", "f32[4, 5, 6]", "abcd,cde->abe"), einsum_to_matmul,
             graph("f32[B, S, 4, 5]", "f32[4, 5, 6]",
                   "%i = const i64[3] {0, 0, 20}\n %p = Reshape(%a, %i)\n %j = const i64[2] {20, 6}\n %q = Reshape(%b, %j)\n"
                   " %y = MatMul(%p, %q)"));
}

TEST_CASE("einsum_to_matmul: the results stay") {
  check_same_results(einsum("f32[2, 3, 4, 5]", "f32[2, 6, 4, 5]", "bqhd,bkhd->bhqk"), einsum_to_matmul);
  check_same_results(einsum("f32[2, 3, 4, 5]", "f32[2, 6, 4, 5]", "bqhd,bkhd->khqb"), einsum_to_matmul);
  check_same_results(einsum("f32[2, 3, 6]", "f32[6, 4, 5]", "abc,cde->eadb"), einsum_to_matmul);
  check_same_results(einsum("f32[2, 5, 3, 4]", "f32[4, 2, 5, 6]", "acbd,dace->be"), einsum_to_matmul);
  check_same_results(einsum("f32[2, 3, 4]", "f32[5, 4]", "...ij,kj->...ik"), einsum_to_matmul);
  check_same_results(einsum("f32[7, 2, 3]", "f32[7, 4, 5, 3]", "bic,bdec->bide"), einsum_to_matmul);
  check_same_results(einsum("f32[2, 3, 4, 5]", "f32[2, 4, 5, 6, 7]", "bmkl,bklnp->bmnp"), einsum_to_matmul);
}

TEST_CASE("einsum_to_matmul: what is no product of matrices stays") {
  check_pass_unchanged(einsum("f32[3, 3]", "f32[3, 4]", "ii,ij->ij"), einsum_to_matmul);
  check_pass_unchanged(einsum("f32[2, 3]", "f32[3, 4]", "ij,kl->il"), einsum_to_matmul);        // summed over in one alone
  check_pass_unchanged(einsum("f32[2, 3]", "f32[4, 5]", "ij,kl->ijkl"), einsum_to_matmul);      // no sum
  check_pass_unchanged(einsum("f32[2, 3]", "f32[2, 3]", "ij,ij->i"), einsum_to_matmul);         // no rows or columns
  check_pass_unchanged(einsum("f32[2, K]", "f32[3, 4]", "ij,jk->ik"), einsum_to_matmul);        // K may be 1
  check_pass_unchanged(einsum("i32[2, 3]", "i32[3, 4]", "ij,jk->ik"), einsum_to_matmul);
  check_pass_unchanged(einsum("f32[...]", "f32[3, 4]", "ij,jk->ik"), einsum_to_matmul);
  check_pass_unchanged(einsum("f32[B, S, 6]", "f32[6, N, 5]", "abc,cde->abde"), einsum_to_matmul);
  check_pass_unchanged(einsum("f32[2, 3, 4, 5]", "f32[2, 5, 6]", "bmnk,bkp->bmnp"), einsum_to_matmul);  // rows beside batches
}

}  // namespace
}  // namespace onnxrun
