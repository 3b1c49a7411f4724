// What every kernel shares: vectors of four float32, multiply-add, and the static partition of work.
#pragma once
#include <stdint.h>
#include <wasm_simd128.h>

typedef v128_t V;

#define INLINE static inline __attribute__((always_inline))

// a b + c. Relaxed SIMD rounds once where the machine has a fused instruction; the plain build rounds twice.
#ifdef PLICA_RELAXED
#define madd(a, b, c) wasm_f32x4_relaxed_madd(a, b, c)
#define nmadd(a, b, c) wasm_f32x4_relaxed_nmadd(a, b, c)
#else
#define madd(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)
#define nmadd(a, b, c) wasm_f32x4_sub(c, wasm_f32x4_mul(a, b))
#endif

#define add(a, b) wasm_f32x4_add(a, b)
#define sub(a, b) wasm_f32x4_sub(a, b)
#define mul(a, b) wasm_f32x4_mul(a, b)
#define splat(x) wasm_f32x4_splat(x)
#define load(p) wasm_v128_load(p)
#define load_splat(p) wasm_v128_load32_splat(p)
#define lane_of(v, lane) wasm_i32x4_shuffle(v, v, lane, lane, lane, lane)
#define store(p, v) wasm_v128_store(p, v)

INLINE int min_int(int a, int b) { return a < b ? a : b; }
INLINE int max_int(int a, int b) { return a > b ? a : b; }
INLINE int divide_up(int a, int b) { return (a + b - 1) / b; }

// The units [lo, hi) of n that this thread does. The same for every run, so results do not depend on timing.
#define share(n, lo, hi)                                     \
  int lo = (int)((int64_t)(n) * thread / threads);           \
  int hi = (int)((int64_t)(n) * (thread + 1) / threads)

INLINE float sum_lanes(V v) {
  V pairs = add(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  return wasm_f32x4_extract_lane(pairs, 0) + wasm_f32x4_extract_lane(pairs, 1);
}

// For short runs, for which the engine's own copy takes too long to begin.
INLINE void copy_words(float *to, const float *from, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) store(to + i, load(from + i));
  for (; i < n; i++) to[i] = from[i];
}

// Stores the first n lanes of v, n in 1..4.
INLINE void store_some(float *p, V v, int n) {
  if (n >= 4) {
    store(p, v);
    return;
  }
  p[0] = wasm_f32x4_extract_lane(v, 0);
  if (n > 1) p[1] = wasm_f32x4_extract_lane(v, 1);
  if (n > 2) p[2] = wasm_f32x4_extract_lane(v, 2);
}

// Rows become columns: lane j of the new r_i is lane i of the old r_j.
#define transpose4(r0, r1, r2, r3)                           \
  do {                                                       \
    V t0_ = wasm_i32x4_shuffle(r0, r1, 0, 4, 1, 5);          \
    V t1_ = wasm_i32x4_shuffle(r2, r3, 0, 4, 1, 5);          \
    V t2_ = wasm_i32x4_shuffle(r0, r1, 2, 6, 3, 7);          \
    V t3_ = wasm_i32x4_shuffle(r2, r3, 2, 6, 3, 7);          \
    r0 = wasm_i64x2_shuffle(t0_, t1_, 0, 2);                 \
    r1 = wasm_i64x2_shuffle(t0_, t1_, 1, 3);                 \
    r2 = wasm_i64x2_shuffle(t2_, t3_, 0, 2);                 \
    r3 = wasm_i64x2_shuffle(t2_, t3_, 1, 3);                 \
  } while (0)
