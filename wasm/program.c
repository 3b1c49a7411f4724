// Runs a prepared list of kernel calls on all threads, with a barrier after each call, and parks idle threads.
// One run is one call from JavaScript per thread; nothing inside a run returns to JavaScript.
#include "kernels.h"

typedef struct {
  uint32_t kernel;
  const void *args;
} Call;

typedef struct {
  uint32_t calls;
  Call call[];
} Program;

static struct {
  uint32_t generation;  // bumped when a program starts
  const Program *program;
  uint32_t phase;  // bumped when a barrier opens
  uint32_t arrived;
  uint32_t parked;
  uint32_t failed;
  uint32_t stop;
  uint32_t main_may_wait;  // a browser's main thread must not
} control;

#define NAME_AND_NUL(name, setup) #name "\0"
static const char names[] = KERNELS(NAME_AND_NUL);
#define POINTER(name, setup) name,
static void (*const kernels[])(const void *, int, int) = {KERNELS(POINTER)};
#define SETUP(name, setup) setup,
static int (*const setups[])(void *) = {KERNELS(SETUP)};

int no_setup(void *args) { return args != 0; }

// The names of the kernels in the order of their numbers, each ended by a zero, the last by two.
const char *kernel_names(void) { return names; }
int setup_call(uint32_t kernel, void *args) { return setups[kernel](args); }

enum { SPINS = 20000 };
static const int64_t WAIT_NANOSECONDS = 50000000;

#define get(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define set(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)

// Returns when *word is no longer `seen`, or 0 when a thread has failed.
static int wait_for_change(uint32_t *word, uint32_t seen, int may_park) {
  for (int i = 0; i < SPINS; i++) {
    if (get(word) != seen) return 1;
  }
  while (get(word) == seen) {
    if (get(&control.failed)) return 0;
    if (!may_park) continue;
    __atomic_fetch_add(&control.parked, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_wait32((int *)word, (int)seen, WAIT_NANOSECONDS);
    __atomic_fetch_sub(&control.parked, 1, __ATOMIC_SEQ_CST);
  }
  return 1;
}

static void change(uint32_t *word, uint32_t value) {
  set(word, value);
  if (get(&control.parked)) __builtin_wasm_memory_atomic_notify((int *)word, ~0u);
}

static int barrier(int thread, int threads) {
  if (threads == 1) return 1;
  uint32_t phase = get(&control.phase);
  if (__atomic_add_fetch(&control.arrived, 1, __ATOMIC_SEQ_CST) == (uint32_t)threads) {
    set(&control.arrived, 0);
    change(&control.phase, phase + 1);
    return 1;
  }
  return wait_for_change(&control.phase, phase, thread != 0 || control.main_may_wait);
}

static int walk(const Program *program, int thread, int threads) {
  // Once the last barrier opens the main thread may free the program, so its length is read beforehand.
  uint32_t calls = program->calls;
  for (uint32_t i = 0; i < calls; i++) {
    kernels[program->call[i].kernel](program->call[i].args, thread, threads);
    if (!barrier(thread, threads)) return 0;
  }
  return 1;
}

// Main thread: runs the program together with the workers. 0 where a worker has failed.
int run_program(const Program *program, int threads) {
  if (get(&control.failed)) return 0;
  if (threads > 1) {
    control.program = program;
    change(&control.generation, control.generation + 1);
  }
  return walk(program, 0, threads);
}

// Worker: runs programs until the device is disposed of.
void worker_main(int thread, int threads) {
  uint32_t seen = 0;
  for (;;) {
    if (!wait_for_change(&control.generation, seen, 1)) return;
    seen = get(&control.generation);
    if (get(&control.stop) || !walk(control.program, thread, threads)) return;
  }
}

void allow_main_to_wait(int allowed) { control.main_may_wait = (uint32_t)allowed; }
void stop_workers(void) {
  set(&control.stop, 1);
  change(&control.generation, control.generation + 1);
}
// Called for a thread that trapped, so that the others do not wait for it.
void mark_failed(void) {
  set(&control.failed, 1);
  __builtin_wasm_memory_atomic_notify((int *)&control.phase, ~0u);
  __builtin_wasm_memory_atomic_notify((int *)&control.generation, ~0u);
}
