// Shared by the convolutions: activations, and strips of zero-padded rows.
#pragma once
#include "plica.h"
#include "simd_math.h"

// The numbering is that of ACTIVATIONS in src/tensor/ops/conv2d.ts.
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

// Copies rows first .. first + rows - 1 of a plane, `left` zeros before each and zeros up to `pitch` after it.
INLINE void pad_rows(float *to, const float *plane, int height, int width, int first, int rows, int left, int pitch) {
  for (int r = 0; r < rows; r++, to += pitch) {
    int y = first + r, x = 0;
    if (y < 0 || y >= height) {
      for (; x < pitch; x++) to[x] = 0;
      continue;
    }
    for (; x < left; x++) to[x] = 0;
    __builtin_memcpy(to + left, plane + (long)y * width, 4 * (unsigned)width);
    for (x = left + width; x < pitch; x++) to[x] = 0;
  }
}
