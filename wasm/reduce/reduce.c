// Sums and maxima of elementwise programs. The reduced elements are cut into chunks that do not depend on the
// number of threads, each chunk is summed in float64 in a fixed order, and a second call adds the chunks up.
#include "kernels.h"
#include "elementwise/vm.h"

typedef struct {
  float *out;
  const float *in[MAX_INPUTS];
  int max, complex_out;
  int outputs;     // kept elements
  int reduced;     // reduced elements of each
  int chunk;       // reduced elements of one partial result
  int inner_kept;  // whether the innermost axis is kept: out[chunk][kept], else out[kept][chunk]
  Space kept, over;
  Program program;
  float constants[MAX_CODE];
} ReduceArgs;

// Sum of a block. Lanes past the end hold whatever the buffer has there, so the tail goes one by one.
static double sum_block(const float *values, int count) {
  V lo = splat(0.0f), hi = splat(0.0f);
  int i = 0;
  for (; i + 8 <= count; i += 8) {
    lo = add(lo, load(values + i));
    hi = add(hi, load(values + i + 4));
  }
  double total = sum_lanes(add(lo, hi));
  for (; i < count; i++) total += values[i];
  return total;
}

static float max_block(const float *values, int count, float most) {
  for (int i = 0; i < count; i++) most = values[i] > most || values[i] != values[i] ? values[i] : most;
  return most;
}

// One output, one chunk: the innermost axis is reduced.
static void reduce_inner(const ReduceArgs *a, int output, int chunk, int chunks, Registers *r) {
  const float *base[MAX_INPUTS];
  advance(base, a->in, &a->program, &a->kept, output);
  int end = min_int(a->reduced, (chunk + 1) * a->chunk);
  double re = 0, im = 0;
  float most = -__builtin_inff();
  for (int start = chunk * a->chunk; start < end; start += BLOCK) {
    int count = min_int(BLOCK, end - start);
    Plane value = evaluate(&a->program, a->constants, &a->over, base, start, count, r, 0);
    if (a->max) {
      most = max_block(value.re, count, most);
    } else {
      re += sum_block(value.re, count);
      if (a->complex_out) im += sum_block(value.im, count);
    }
  }
  float *out = a->out + ((long)output * chunks + chunk) * (a->complex_out + 1);
  out[0] = a->max ? most : (float)re;
  if (a->complex_out) out[1] = (float)im;
}

static void accumulate(double *sums, const float *values, int count) {
  for (int i = 0; i < count; i += 4) {
    V v = load(values + i), high = wasm_i32x4_shuffle(v, v, 2, 3, 2, 3);
    store(sums + i, wasm_f64x2_add(load(sums + i), wasm_f64x2_promote_low_f32x4(v)));
    store(sums + i + 2, wasm_f64x2_add(load(sums + i + 2), wasm_f64x2_promote_low_f32x4(high)));
  }
}

// A block of neighbouring outputs, one chunk: the innermost axis is kept.
static void reduce_outer(const ReduceArgs *a, int block, int chunk, Registers *r) {
  const float *base[MAX_INPUTS];
  double re[BLOCK], im[BLOCK];
  int start = block * BLOCK, count = min_int(BLOCK, a->outputs - start);
  for (int i = 0; i < BLOCK; i++) re[i] = im[i] = a->max ? -__builtin_inf() : 0;
  for (int k = chunk * a->chunk; k < min_int(a->reduced, (chunk + 1) * a->chunk); k++) {
    advance(base, a->in, &a->program, &a->over, k);
    Plane value = evaluate(&a->program, a->constants, &a->kept, base, start, count, r, 0);
    if (a->max) {
      for (int i = 0; i < count; i++) re[i] = max_block(value.re + i, 1, (float)re[i]);
    } else {
      accumulate(re, value.re, count);
      if (a->complex_out) accumulate(im, value.im, count);
    }
  }
  float *out = a->out + ((long)chunk * a->outputs + start) * (a->complex_out + 1);
  for (int i = 0; i < count; i++) {
    if (a->complex_out) {
      out[2 * i] = (float)re[i];
      out[2 * i + 1] = (float)im[i];
    } else {
      out[i] = (float)re[i];
    }
  }
}

KERNEL(reduce, ReduceArgs) {
  Registers registers;
  int chunks = divide_up(a->reduced, a->chunk);
  int rows = a->inner_kept ? divide_up(a->outputs, BLOCK) : a->outputs;
  share(rows * chunks, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    if (a->inner_kept) {
      reduce_outer(a, unit % rows, unit / rows, &registers);
    } else {
      reduce_inner(a, unit / chunks, unit % chunks, chunks, &registers);
    }
  }
}
