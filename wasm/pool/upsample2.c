// Nearest-neighbour doubling, and its gradient: the sum over each 2x2.
#include "kernels.h"

typedef struct {
  float *out;
  const float *x;
  int rows, width;  // of the small image, planes joined
} Upsample2Args;

KERNEL(upsample2, Upsample2Args) {
  int w = a->width;
  share(a->rows, lo, hi);
  for (int row = lo; row < hi; row++) {
    const float *in = a->x + (long)row * w;
    float *top = a->out + (long)row * 4 * w, *low = top + 2 * w;
    int x = 0;
    for (; x + 4 <= w; x += 4) {
      V v = load(in + x), left = wasm_i32x4_shuffle(v, v, 0, 0, 1, 1), right = wasm_i32x4_shuffle(v, v, 2, 2, 3, 3);
      store(top + 2 * x, left);
      store(top + 2 * x + 4, right);
      store(low + 2 * x, left);
      store(low + 2 * x + 4, right);
    }
    for (; x < w; x++) top[2 * x] = top[2 * x + 1] = low[2 * x] = low[2 * x + 1] = in[x];
  }
}

KERNEL(upsample2_gradient, Upsample2Args) {
  int w = a->width;
  share(a->rows, lo, hi);
  for (int row = lo; row < hi; row++) {
    const float *top = a->x + (long)row * 4 * w, *low = top + 2 * w;
    float *out = a->out + (long)row * w;
    int x = 0;
    for (; x + 4 <= w; x += 4) {
      V p = add(load(top + 2 * x), load(low + 2 * x)), q = add(load(top + 2 * x + 4), load(low + 2 * x + 4));
      store(out + x, add(wasm_i32x4_shuffle(p, q, 0, 2, 4, 6), wasm_i32x4_shuffle(p, q, 1, 3, 5, 7)));
    }
    for (; x < w; x++) out[x] = (top[2 * x] + low[2 * x]) + (top[2 * x + 1] + low[2 * x + 1]);
  }
}
