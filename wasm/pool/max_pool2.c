// 2x2 maximum with stride 2, and its gradient.
#include "kernels.h"

typedef struct {
  float *out;
  const float *x;
  int planes, height, width;  // of the input
} MaxPool2Args;

KERNEL(max_pool2, MaxPool2Args) {
  int oh = a->height / 2, ow = a->width / 2;
  share(a->planes * oh, lo, hi);
  for (int row = lo; row < hi; row++) {
    const float *top = a->x + ((long)(row / oh) * a->height + row % oh * 2) * a->width, *low = top + a->width;
    float *out = a->out + (long)row * ow;
    int x = 0;
    for (; x + 4 <= ow; x += 4) {
      V p = wasm_f32x4_pmax(load(top + 2 * x), load(low + 2 * x));
      V q = wasm_f32x4_pmax(load(top + 2 * x + 4), load(low + 2 * x + 4));
      store(out + x, wasm_f32x4_pmax(wasm_i32x4_shuffle(p, q, 0, 2, 4, 6), wasm_i32x4_shuffle(p, q, 1, 3, 5, 7)));
    }
    for (; x < ow; x++) {
      float p = top[2 * x] > top[2 * x + 1] ? top[2 * x] : top[2 * x + 1];
      float q = low[2 * x] > low[2 * x + 1] ? low[2 * x] : low[2 * x + 1];
      out[x] = p > q ? p : q;
    }
  }
}

typedef struct {
  float *out;
  const float *x, *y, *g;
  int planes, height, width;  // of x
} MaxPool2GradientArgs;

// The first of the four, in row-major order, that equals the maximum takes the gradient.
static void spread(float *top, float *low, const float *x0, const float *x1, float y, float g) {
  int first = x0[0] == y ? 0 : x0[1] == y ? 1 : x1[0] == y ? 2 : 3;
  top[0] = first == 0 ? g : 0;
  top[1] = first == 1 ? g : 0;
  low[0] = first == 2 ? g : 0;
  low[1] = first == 3 ? g : 0;
}

// Four windows at once: masks of the corners that are the first maximum of their window.
INLINE void spread4(float *top, float *low, const float *x0, const float *x1, V y, V g) {
  V p = load(x0), q = load(x0 + 4), r = load(x1), s = load(x1 + 4);
  V m0 = wasm_f32x4_eq(wasm_i32x4_shuffle(p, q, 0, 2, 4, 6), y);
  V m1 = wasm_f32x4_eq(wasm_i32x4_shuffle(p, q, 1, 3, 5, 7), y);
  V m2 = wasm_f32x4_eq(wasm_i32x4_shuffle(r, s, 0, 2, 4, 6), y);
  V g0 = wasm_v128_and(g, m0);
  V rest = wasm_v128_andnot(g, m0), g1 = wasm_v128_and(rest, m1);
  rest = wasm_v128_andnot(rest, m1);
  V g2 = wasm_v128_and(rest, m2), g3 = wasm_v128_andnot(rest, m2);
  store(top, wasm_i32x4_shuffle(g0, g1, 0, 4, 1, 5));
  store(top + 4, wasm_i32x4_shuffle(g0, g1, 2, 6, 3, 7));
  store(low, wasm_i32x4_shuffle(g2, g3, 0, 4, 1, 5));
  store(low + 4, wasm_i32x4_shuffle(g2, g3, 2, 6, 3, 7));
}

KERNEL(max_pool2_gradient, MaxPool2GradientArgs) {
  int oh = a->height / 2, ow = a->width / 2, w = a->width;
  share(a->planes, lo, hi);
  for (int plane = lo; plane < hi; plane++) {
    float *out = a->out + (long)plane * a->height * w;
    const float *in = a->x + (long)plane * a->height * w;
    if (a->height & 1) __builtin_memset(out + (a->height - 1) * w, 0, 4 * (unsigned)w);
    for (int row = 0; row < oh; row++) {
      const float *y = a->y + ((long)plane * oh + row) * ow, *g = a->g + ((long)plane * oh + row) * ow;
      float *top = out + 2 * row * w, *low = top + w;
      const float *x0 = in + 2 * row * w, *x1 = x0 + w;
      int x = 0;
      for (; x + 4 <= ow; x += 4) spread4(top + 2 * x, low + 2 * x, x0 + 2 * x, x1 + 2 * x, load(y + x), load(g + x));
      for (; x < ow; x++) spread(top + 2 * x, low + 2 * x, x0 + 2 * x, x1 + 2 * x, y[x], g[x]);
      if (w & 1) top[w - 1] = low[w - 1] = 0;
    }
  }
}
