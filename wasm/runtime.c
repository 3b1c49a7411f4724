// Memory for buffers and FFTW plans: Emscripten's dlmalloc behind a lock (FFTW may ask for work space from any
// thread), and the few functions that its C library expects of a host.
#include <stddef.h>
#include <stdint.h>

static uint32_t lock;

static void acquire(void) {
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
  }
}
static void release(void) { __atomic_store_n(&lock, 0, __ATOMIC_RELEASE); }

#define LOCKED(type, call) \
  acquire();               \
  type result = call;      \
  release();               \
  return result

void *__real_malloc(size_t);
void *__real_memalign(size_t, size_t);
void __real_free(void *);

void *__wrap_malloc(size_t bytes) { LOCKED(void *, __real_malloc(bytes)); }
void *__wrap_memalign(size_t alignment, size_t bytes) { LOCKED(void *, __real_memalign(alignment, bytes)); }
void __wrap_free(void *p) {
  acquire();
  __real_free(p);
  release();
}

void *plica_allocate(size_t bytes) { return __wrap_memalign(256, bytes); }
void plica_release(void *p) { __wrap_free(p); }

// Asked by sbrk: makes the memory at least this large.
int emscripten_resize_heap(size_t bytes) {
  size_t now = __builtin_wasm_memory_size(0);
  size_t pages = (bytes - 1) / 65536 + 1;
  return pages <= now || __builtin_wasm_memory_grow(0, pages - now) != (size_t)-1;
}

void abort(void) { __builtin_trap(); }

// FFTW asks for the time when it measures plans; ours are estimated, so the clock stands still.
int gettimeofday(long long *now, void *zone) {
  (void)zone;
  now[0] = now[1] = 0;
  return 0;
}
int clock_gettime(int clock, long long *now) { return gettimeofday(now, (void *)clock); }

// Stands for FFTW's own, which would print.
_Noreturn void fftwf_assertion_failed(const char *text, int line, const char *file) {
  (void)text, (void)line, (void)file;
  __builtin_trap();
}

// The part of memcpy that Emscripten leaves to its host: one bulk-memory instruction.
void *emscripten_memcpy_big(void *to, const void *from, size_t bytes) { return __builtin_memcpy(to, from, bytes); }
