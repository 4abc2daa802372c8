// A plug-in for QEMU's user-mode emulator: when the emulated program ends, the number of instructions that all its threads executed is
// printed to standard error as "instructions: N".
#include <inttypes.h>
#include <stdio.h>

#include "qemu-plugin.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct qemu_plugin_scoreboard* counters;  // one per thread
static qemu_plugin_u64 count;

// Adding up once per block of code is a hundred times cheaper than once per instruction; a block that a fault leaves early counts whole.
static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb* block) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(block, QEMU_PLUGIN_INLINE_ADD_U64, count, qemu_plugin_tb_n_insns(block));
}

static void on_end(qemu_plugin_id_t id, void* nothing) {
  (void)id;
  (void)nothing;
  fprintf(stderr, "instructions: %" PRIu64 "\n", qemu_plugin_u64_sum(count));
  qemu_plugin_scoreboard_free(counters);
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
  (void)info;
  (void)argc;
  (void)argv;
  counters = qemu_plugin_scoreboard_new(sizeof(uint64_t));
  count = qemu_plugin_scoreboard_u64(counters);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
  qemu_plugin_register_atexit_cb(id, on_end, NULL);
  return 0;
}
