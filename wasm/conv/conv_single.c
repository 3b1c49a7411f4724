// 3x3 convolution to one or two outputs, such as the last layer of a network: two rows of 16 pixels of the result stay in
// registers while a few channels pass, read where they lie; the sums of a strip of rows wait in the result, so that every
// channel is read in one piece. (Passing all channels at once reads at a stride of whole planes, which share the lines of
// the caches.) Width a multiple of 16.
#include "conv/conv.h"
#include "kernels.h"

typedef struct {
  float *out;
  const float *x, *w, *bias;
  int batch, channels, height, width, outputs, has_bias, activation;
} ConvSingleArgs;

typedef struct {
  V left, right;  // masks of the first and the last vector of a row, where it ends at the image's edge
  int has[4];     // rows of the input that lie in the image
} Edges;

// Adds to the upper row what taps kx of row `ky_up` see, to the lower row what taps of row `ky_up - 1` see.
INLINE void add_row(V up[4], V low[4], const float *row, const float *w, int ky_up, const Edges *e) {
#pragma clang loop unroll(full)
  for (int kx = 0; kx < 3; kx++) {
    V v0 = load(row + kx - 1), v1 = load(row + kx + 3), v2 = load(row + kx + 7), v3 = load(row + kx + 11);
    if (kx == 0) v0 = wasm_v128_and(v0, e->left);
    if (kx == 2) v3 = wasm_v128_and(v3, e->right);
    if (ky_up < 3) {
      V f = load_splat(w + 3 * ky_up + kx);
      up[0] = madd(f, v0, up[0]);
      up[1] = madd(f, v1, up[1]);
      up[2] = madd(f, v2, up[2]);
      up[3] = madd(f, v3, up[3]);
    }
    if (ky_up > 0) {
      V f = load_splat(w + 3 * ky_up - 3 + kx);
      low[0] = madd(f, v0, low[0]);
      low[1] = madd(f, v1, low[1]);
      low[2] = madd(f, v2, low[2]);
      low[3] = madd(f, v3, low[3]);
    }
  }
}

enum { STRIP_ROWS = 8, CHANNELS_AT_ONCE = 4 };

// Adds what some channels give to 16 pixels of one or two rows of the result.
static void two_rows(const ConvSingleArgs *a, const float *x, const float *w, int channels, float *out, int rows,
                     const Edges *e) {
  V up[4], low[4];
  long plane = (long)a->height * a->width;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    up[i] = load(out + 4 * i);
    low[i] = rows > 1 ? load(out + a->width + 4 * i) : splat(0.0f);
  }
  for (int c = 0; c < channels; c++, x += plane, w += 9) {
    if (e->has[0]) add_row(up, low, x - a->width, w, 0, e);
    add_row(up, low, x, w, 1, e);
    if (e->has[2]) add_row(up, low, x + a->width, w, 2, e);
    if (e->has[3]) add_row(up, low, x + 2 * a->width, w, 3, e);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    store(out + 4 * i, up[i]);
    if (rows > 1) store(out + a->width + 4 * i, low[i]);
  }
}

static void add_channels(const ConvSingleArgs *a, const float *x, const float *w, int channels, float *out, int y0,
                         int rows) {
  V all = wasm_i32x4_const_splat(-1);
  for (int y = y0; y < y0 + rows; y += 2) {
    Edges e = {all, all, {y > 0, 1, y + 1 < a->height, y + 2 < a->height}};
    for (int at = 0; at < a->width; at += 16) {
      long pixel = (long)y * a->width + at;
      e.left = at == 0 ? wasm_i32x4_const(0, -1, -1, -1) : all;
      e.right = at + 16 == a->width ? wasm_i32x4_const(-1, -1, -1, 0) : all;
      two_rows(a, x + pixel, w, channels, out + pixel, min_int(2, y0 + rows - y), &e);
    }
  }
}

KERNEL(conv_single, ConvSingleArgs) {
  int strips = divide_up(a->height, STRIP_ROWS);
  long plane = (long)a->height * a->width;
  share(a->batch * a->outputs * strips, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int y = unit % strips * STRIP_ROWS, image = unit / strips, o = image % a->outputs;
    int rows = min_int(STRIP_ROWS, a->height - y), words = rows * a->width;
    const float *x = a->x + (long)(image / a->outputs) * a->channels * plane, *w = a->w + (long)o * a->channels * 9;
    float *out = a->out + image * plane, *strip = out + (long)y * a->width;
    V bias = splat(a->has_bias ? a->bias[o] : 0);
    for (int i = 0; i < words; i += 4) store(strip + i, bias);
    for (int c = 0; c < a->channels; c += CHANNELS_AT_ONCE) {
      add_channels(a, x + c * plane, w + 9 * c, min_int(CHANNELS_AT_ONCE, a->channels - c), out, y, rows);
    }
    for (int i = 0; i < words; i += 4) store(strip + i, activate(load(strip + i), a->activation));
  }
}
