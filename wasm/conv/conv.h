// Shared by the convolutions: activations, and zero-padded copies of a part of a plane.
#pragma once
#include "plica.h"
#include "elementwise/simd_math.h"

// The numbering is that of ACTIVATIONS in src/engine/ops/conv/conv2d_attributes.ts.
enum { NONE, RELU, SILU, SIGMOID_ACTIVATION, TANH_ACTIVATION };

INLINE V activate(V v, int activation) {
  switch (activation) {
    case RELU: return wasm_f32x4_pmax(v, splat(0.0f));
    case SILU: return mul(v, sigmoid4(v));
    case SIGMOID_ACTIVATION: return sigmoid4(v);
    case TANH_ACTIVATION: return tanh4(v);
    default: return v;
  }
}

// Copies `rows` x `columns` pixels from (y0, x0) of a plane, zeros outside it. Writes up to three words more.
INLINE void copy_patch(float *to, int pitch, const float *plane, int height, int width, int y0, int x0, int rows,
                       int columns) {
  int left = max_int(-x0, 0), n = min_int(width, x0 + columns) - (x0 + left);
  for (int r = 0; r < rows; r++, to += pitch) {
    int y = y0 + r, x = 0;
    if (y >= 0 && y < height) {
      const float *from = plane + (long)y * width + x0 + left;
      for (int i = 0; i < left; i++) to[i] = 0;
      float *row = to + left;
      int i = 0;
      for (; i + 16 <= n; i += 16) {
        V v0 = load(from + i), v1 = load(from + i + 4), v2 = load(from + i + 8), v3 = load(from + i + 12);
        store(row + i, v0);
        store(row + i + 4, v1);
        store(row + i + 8, v2);
        store(row + i + 12, v3);
      }
      for (; i < n; i += 4) store(row + i, load(from + i));
      x = left + n;
    }
    for (; x < columns; x++) to[x] = 0;
  }
}

// Whole rows with `left` zeros before them.
INLINE void pad_rows(float *to, const float *plane, int height, int width, int first, int rows, int left, int pitch) {
  copy_patch(to, pitch, plane, height, width, first, -left, rows, pitch);
}
