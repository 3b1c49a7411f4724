// The weight gradient of a convolution with few channels, or of a kernel other than 3x3: correlations of rows of the
// input with rows of the gradient. Every strip of rows gives a partial result; `reduce` adds them up in order.
#include "conv/conv.h"
#include "kernels.h"

typedef struct {
  float *partials;  // [batch * strips][outputs][channels][kh][kw]
  const float *x, *g;
  float *strips;  // one for each thread: padded x, then padded g
  int batch, channels, height, width, outputs, kh, kw, rows;
} WeightGradientArgs;

typedef struct {
  const float *x, *g;
  int x_rows, x_pitch, g_plane, g_pitch, rows, vectors;
} Rows;

// O outputs x C channels x T neighbouring taps; nine sums are what the registers hold.
INLINE void correlate(const WeightGradientArgs *a, Rows s, int o, int c, int ky, int kx, float *to, const int O,
                      const int C, const int T) {
  V sum[O][C][T];
#pragma clang loop unroll(full)
  for (int i = 0; i < O * C * T; i++) sum[i / (C * T)][i / T % C][i % T] = splat(0.0f);
  for (int y = 0; y < s.rows; y++) {
    const float *g = s.g + (long)o * s.g_plane + y * s.g_pitch;
    const float *x = s.x + ((long)c * s.x_rows + y + ky) * s.x_pitch + kx;
#pragma clang loop unroll(disable)
    for (int v = 0; v < s.vectors; v++, g += 4, x += 4) {
#pragma clang loop unroll(full)
      for (int k = 0; k < C; k++) {
        V pixels[T];
#pragma clang loop unroll(full)
        for (int t = 0; t < T; t++) pixels[t] = load(x + (long)k * s.x_rows * s.x_pitch + t);
#pragma clang loop unroll(full)
        for (int j = 0; j < O; j++) {
          V gradient = load(g + (long)j * s.g_plane);
#pragma clang loop unroll(full)
          for (int t = 0; t < T; t++) sum[j][k][t] = madd(gradient, pixels[t], sum[j][k][t]);
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < O * C * T; i++) {
    int j = i / (C * T), k = i / T % C, t = i % T;
    to[(((long)(o + j) * a->channels + c + k) * a->kh + ky) * a->kw + kx + t] = sum_lanes(sum[j][k][t]);
  }
}

INLINE void all_taps(const WeightGradientArgs *a, Rows s, int o, int c, float *to, const int O, const int C) {
  for (int ky = 0; ky < a->kh; ky++) {
    int kx = 0;
    for (; kx + 3 <= a->kw; kx += 3) correlate(a, s, o, c, ky, kx, to, O, C, 3);
    for (; kx < a->kw; kx++) correlate(a, s, o, c, ky, kx, to, O, C, 1);
  }
}

static void strip_gradient(const WeightGradientArgs *a, Rows s, float *to) {
  int o = 0;
  for (; o + 3 <= a->outputs; o += 3) {
    for (int c = 0; c < a->channels; c++) all_taps(a, s, o, c, to, 3, 1);
  }
  for (; o < a->outputs; o++) {
    int c = 0;
    for (; c + 3 <= a->channels; c += 3) all_taps(a, s, o, c, to, 1, 3);
    for (; c < a->channels; c++) all_taps(a, s, o, c, to, 1, 1);
  }
}

KERNEL(conv_direct_weight_gradient, WeightGradientArgs) {
  int strips = divide_up(a->height, a->rows), padded = divide_up(a->width, 4) * 4;
  int x_rows = a->rows + a->kh - 1, x_pitch = padded + (a->kw + 2) / 4 * 4;
  long x_words = (long)a->channels * x_rows * x_pitch, g_words = (long)a->outputs * a->rows * padded;
  float *x = a->strips + thread * (x_words + (padded == a->width ? 0 : g_words)), *g = x + x_words;
  long plane = (long)a->height * a->width;
  share(a->batch * strips, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int b = unit / strips, y0 = unit % strips * a->rows, rows = min_int(a->rows, a->height - y0);
    for (int c = 0; c < a->channels; c++) {
      pad_rows(x + (long)c * x_rows * x_pitch, a->x + ((long)b * a->channels + c) * plane, a->height, a->width,
               y0 - a->kh / 2, x_rows, a->kw / 2, x_pitch);
    }
    const float *gradient = a->g + (long)b * a->outputs * plane;
    Rows s = {x, gradient + (long)y0 * a->width, x_rows, x_pitch, (int)plane, a->width, rows, padded / 4};
    if (padded != a->width) {
      for (int o = 0; o < a->outputs; o++) {
        pad_rows(g + (long)o * a->rows * padded, gradient + o * plane, a->height, a->width, y0, rows, 0, padded);
      }
      s.g = g;
      s.g_plane = a->rows * padded;
      s.g_pitch = padded;
    }
    strip_gradient(a, s, a->partials + (long)unit * a->outputs * a->channels * a->kh * a->kw);
  }
}
