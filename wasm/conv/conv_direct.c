// Direct convolution for few channels and for kernels other than 3x3: an implicit product of packed weights with
// rows of the image, in register tiles of 4 outputs by 8 pixels, or of 1 output by 32 pixels.
#include "conv/conv.h"
#include "kernels.h"

typedef struct {
  float *packed;
  const float *w;
  int outputs, inputs, kh, kw;  // of the convolution that is run
  int transpose;                // w is [inputs][outputs][kh][kw], read backwards: the input gradient
  int group;                    // outputs side by side
} ConvPackArgs;

// packed[output / group][input][ky][kx][output % group], zeros after the last output.
KERNEL(conv_pack, ConvPackArgs) {
  int taps = a->kh * a->kw, groups = divide_up(a->outputs, a->group);
  share(groups * a->inputs, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int input = unit % a->inputs;
    float *to = a->packed + (long)unit * taps * a->group;
    for (int t = 0; t < taps; t++) {
      for (int k = 0; k < a->group; k++) {
        int output = unit / a->inputs * a->group + k;
        long plane = a->transpose ? (long)input * a->outputs + output : (long)output * a->inputs + input;
        *to++ = output < a->outputs ? a->w[plane * taps + (a->transpose ? taps - 1 - t : t)] : 0;
      }
    }
  }
}

typedef struct {
  float *out;
  const float *x, *packed, *bias;
  float *strips;  // one for each thread: where each tap lies in the strip, then the padded rows
  int batch, channels, height, width, outputs, kh, kw;
  int has_bias, activation, group;
  int rows;   // of the output that share a strip
  int chunk;  // channels in a strip, as many as stay in the first-level cache
} ConvDirectArgs;

typedef struct {
  const float *strip;
  const int *taps;  // offsets in the strip, in the order of the weights
  int channel, count;  // its first channel, and taps of all its channels
  int pitch, is_last;
} Strip;

// Outputs first .. first + O - 1 of row y, pixels x .. x + 4 X - 1: adds what the channels of one strip give.
INLINE void tile(const ConvDirectArgs *a, Strip s, int b, int first, int row, int y, int x, const int O, const int X) {
  V sum[O][X];
  float *out = a->out + (((long)b * a->outputs + first) * a->height + row) * a->width + x;
  long plane = (long)a->height * a->width;
#pragma clang loop unroll(full)
  for (int o = 0; o < O; o++) {
    int exists = first + o < a->outputs;
    V bias = splat(a->has_bias && exists ? a->bias[first + o] : 0);
#pragma clang loop unroll(full)
    for (int i = 0; i < X; i++) {
      sum[o][i] = s.channel > 0 && exists && x + 4 * i < a->width ? load(out + o * plane + 4 * i) : bias;
    }
  }
  long taps = a->kh * a->kw;
  const float *w = a->packed + first * a->channels * taps + s.channel * taps * O, *base = s.strip + y * s.pitch + x;
#pragma clang loop unroll(disable)
  for (int k = 0; k < s.count; k++, w += O) {
    const float *in = base + s.taps[k];
    V all = O == 4 ? load(w) : load_splat(w), pixels[2] = {load(in), load(in + 4)};
#pragma clang loop unroll(full)
    for (int o = 0; o < O; o++) {
      V weight = o == 0 ? lane_of(all, 0) : o == 1 ? lane_of(all, 1) : o == 2 ? lane_of(all, 2) : lane_of(all, 3);
#pragma clang loop unroll(full)
      for (int i = 0; i < X; i++) sum[o][i] = madd(weight, i < 2 ? pixels[i] : load(in + 4 * i), sum[o][i]);
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < O; o++) {
    if (first + o >= a->outputs) break;
#pragma clang loop unroll(full)
    for (int i = 0; i < X; i++) {
      V value = s.is_last ? activate(sum[o][i], a->activation) : sum[o][i];
      if (x + 4 * i < a->width) store_some(out + o * plane + 4 * i, value, a->width - x - 4 * i);
    }
  }
}

static void add_strip(const ConvDirectArgs *a, Strip s, int b, int y0) {
  int rows = min_int(a->rows, a->height - y0);
  for (int first = 0; first < a->outputs; first += a->group) {
    for (int y = 0; y < rows; y++) {
      if (a->group == 4) {
        for (int x = 0; x < a->width; x += 8) tile(a, s, b, first, y0 + y, y, x, 4, 2);
      } else {
        for (int x = 0; x < a->width; x += 32) tile(a, s, b, first, y0 + y, y, x, 1, 8);
      }
    }
  }
}

KERNEL(conv_direct, ConvDirectArgs) {
  int step = a->group == 4 ? 8 : 32, each = a->kh * a->kw, head = divide_up(a->chunk * each, 16) * 16;
  int rows = a->rows + a->kh - 1, pitch = divide_up(a->width, step) * step + (a->kw + 2) / 4 * 4;
  long words = (long)rows * pitch, plane = (long)a->height * a->width;
  int *taps = (int *)(a->strips + thread * (head + a->chunk * words));
  float *strip = (float *)taps + head;
  for (int k = 0; k < a->chunk * each; k++) {
    taps[k] = (k / each * rows + k / a->kw % a->kh) * pitch + k % a->kw;
  }
  int strips = divide_up(a->height, a->rows);
  share(a->batch * strips, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int b = unit / strips, y0 = unit % strips * a->rows;
    for (int first = 0; first < a->channels; first += a->chunk) {
      int n = min_int(a->chunk, a->channels - first);
      const float *x = a->x + ((long)b * a->channels + first) * plane;
      for (int c = 0; c < n; c++) {
        pad_rows(strip + c * words, x + c * plane, a->height, a->width, y0 - a->kh / 2, rows, a->kw / 2, pitch);
      }
      add_strip(a, (Strip){strip, taps, first, n * each, pitch, first + n == a->channels}, b, y0);
    }
  }
}
