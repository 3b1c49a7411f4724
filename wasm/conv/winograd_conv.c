// 3x3 convolution with many channels by Winograd's transform. A thread takes a block of tiles through all stages, so
// that what it makes stays in its second-level cache: patches to 36 frequencies, a matrix product for each frequency,
// and back, 32 outputs at a time. Bias and activation are applied on the way out.
#include "kernels.h"
#include "conv/winograd.h"

typedef struct {
  float *packed;
  const float *w;
  int outputs, inputs;
  int transpose;  // w is [inputs][outputs][3][3], read backwards: the input gradient
} WinogradPackArgs;

// Four outputs, one input: 36 vectors, `stride` words apart.
INLINE void pack4(const float *const w[4], int transpose, float *to, long stride) {
  V t[9] = {load(w[0]), load(w[1]), load(w[2]), load(w[3]), load(w[0] + 4), load(w[1] + 4), load(w[2] + 4),
            load(w[3] + 4), wasm_f32x4_make(w[0][8], w[1][8], w[2][8], w[3][8])};
  transpose4(t[0], t[1], t[2], t[3]);
  transpose4(t[4], t[5], t[6], t[7]);
  V rows[18];
  for (int y = 0; y < 3; y++) {
    int k = 3 * (transpose ? 2 - y : y), first = transpose ? k + 2 : k, last = transpose ? k : k + 2;
    transform_weights(t[first], t[k + 1], t[last], rows + y, 3);
  }
  for (int x = 0; x < 6; x++) {
    V f[6];
    transform_weights(rows[3 * x], rows[3 * x + 1], rows[3 * x + 2], f, 1);
    for (int y = 0; y < 6; y++) store(to + (6 * y + x) * stride, f[y]);
  }
}

enum { PACK_INPUTS = 16 };

// packed[block of 32 outputs][frequency][group of 4 outputs][input][4].
KERNEL(winograd_pack, WinogradPackArgs) {
  static const float zeros[12];
  float buffer[POINTS * 4 * PACK_INPUTS] __attribute__((aligned(16)));
  int groups = divide_up(a->outputs, 4), per_block = OUTPUT_BLOCK / 4;
  share(groups, lo, hi);
  for (int group = lo; group < hi; group++) {
    int block = group / per_block, inside = group % per_block;
    int in_block = min_int(per_block, groups - block * per_block);
    float *to = a->packed + ((long)block * per_block * POINTS + inside) * 4 * a->inputs;
    // Through a buffer: 36 streams a power of two apart would contend for the same lines of the cache.
    for (int c = 0; c < a->inputs; c += PACK_INPUTS) {
      int n = min_int(PACK_INPUTS, a->inputs - c);
      for (int i = 0; i < n; i++) {
        const float *w[4];
        for (int k = 0; k < 4; k++) {
          int o = group * 4 + k;
          long plane = a->transpose ? (long)(c + i) * a->outputs + o : (long)o * a->inputs + c + i;
          w[k] = o < a->outputs ? a->w + 9 * plane : zeros;
        }
        pack4(w, a->transpose, buffer + 4 * i, 4 * PACK_INPUTS);
      }
      for (int f = 0; f < POINTS; f++) {
        float *run = to + (long)f * in_block * 4 * a->inputs + 4 * c;
        for (int i = 0; i < n; i++) store(run + 4 * i, load(buffer + (f * PACK_INPUTS + i) * 4));
      }
    }
  }
}

enum { MAX_TILES = 64 };

typedef struct {
  float *out;
  const float *x, *packed, *bias;
  float *work;  // one for each thread: patches of one channel, frequencies of the input, of the output
  int batch, channels, height, width, outputs, has_bias, activation;
  int tiles;       // of a block, a multiple of 8
  int parts;       // of the outputs, where there are fewer blocks than threads
  int work_words;  // of one thread
} WinogradArgs;

// Where the tiles of a block lie.
typedef struct {
  int first, count, across, down;
  int patch[MAX_TILES];    // offset of the tile's patch among the copied ones
  long pixel[MAX_TILES];   // offset of its first pixel in an image of `outputs` planes, without the plane
  int rows[MAX_TILES], columns[MAX_TILES];  // pixels that lie inside the image
} Block;

static void locate(const WinogradArgs *a, Block *b, int pitch) {
  int run = 0, segment = -1;
  for (int t = 0; t < a->tiles; t++) {
    int tile = b->first + min_int(t, b->count - 1);
    int tx = tile % b->across, row = tile / b->across, ty = row % b->down, image = row / b->down;
    if (t < b->count && (t == 0 || tx == 0)) run = 0, segment++;
    b->patch[t] = segment * 6 * pitch + 4 * (t < b->count ? run++ : run - 1);
    b->pixel[t] = ((long)image * a->outputs * a->height + 4 * ty) * a->width + 4 * tx;
    b->rows[t] = min_int(4, a->height - 4 * ty);
    b->columns[t] = min_int(4, a->width - 4 * tx);
  }
}

// The patches of one channel: a strip of six rows for each row of tiles.
static void copy_strips(const WinogradArgs *a, const Block *b, int c, float *to, int pitch) {
  for (int t = 0; t < b->count;) {
    int tile = b->first + t, tx = tile % b->across, row = tile / b->across;
    int n = min_int(b->across - tx, b->count - t), image = row / b->down, ty = row % b->down;
    const float *plane = a->x + ((long)image * a->channels + c) * a->height * a->width;
    copy_patch(to, pitch, plane, a->height, a->width, 4 * ty - 1, 4 * tx - 1, 6, 4 * n + 2);
    to += 6 * pitch;
    t += n;
  }
}

// Four tiles of one output: 36 vectors to 16 pixels of each tile.
INLINE void frequencies_to_pixels(const WinogradArgs *a, const Block *b, int t, int o, const float *from) {
  V rows[24], y[4];
  for (int x = 0; x < 6; x++) {
    V m[6];
#pragma clang loop unroll(full)
    for (int k = 0; k < 6; k++) m[k] = load(from + (6 * k + x) * 4);
    transform_output(m, y);
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) rows[6 * k + x] = y[k];
  }
  V bias = splat(a->has_bias ? a->bias[o] : 0.0f);
  float *plane = a->out + (long)o * a->height * a->width;
  for (int r = 0; r < 4; r++) {
    transform_output(rows + 6 * r, y);
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) y[k] = activate(add(y[k], bias), a->activation);
    transpose4(y[0], y[1], y[2], y[3]);
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
      if (t + k >= b->count || r >= b->rows[t + k]) continue;
      store_some(plane + b->pixel[t + k] + r * a->width, y[k], b->columns[t + k]);
    }
  }
}

// Up to 32 outputs of a block: a product for each frequency, then back to pixels.
static void output_block(const WinogradArgs *a, const Block *b, int block, const float *in, long in_stride, float *out) {
  int first = block * OUTPUT_BLOCK, outputs = min_int(OUTPUT_BLOCK, a->outputs - first);
  int groups = divide_up(outputs, 4), panels = divide_up(b->count, 8);
  // out[output][4 tiles][frequency][4]
  long row = (long)a->tiles * POINTS;
  const float *u = a->packed + (long)first * POINTS * a->channels;
  for (int f = 0; f < POINTS; f++) {
    for (int group = 0; group < groups; group++, u += 4 * a->channels) {
      float *to = out + 4 * group * row + 4 * f;
      for (int panel = 0; panel < panels; panel++) {
        V sum[4][2] = {{splat(0), splat(0)}, {splat(0), splat(0)}, {splat(0), splat(0)}, {splat(0), splat(0)}};
        product4x8(u, in + f * in_stride + (long)panel * 8 * a->channels, a->channels, sum);
#pragma clang loop unroll(full)
        for (int k = 0; k < 4; k++) {
          store(to + k * row + 8 * POINTS * panel, sum[k][0]);
          store(to + k * row + 8 * POINTS * panel + 4 * POINTS, sum[k][1]);
        }
      }
    }
  }
  for (int o = 0; o < outputs; o++) {
    for (int t = 0; t < b->count; t += 4) {
      frequencies_to_pixels(a, b, t, first + o, out + o * row + t * POINTS);
    }
  }
}

KERNEL(winograd_conv, WinogradArgs) {
  Block b = {.across = divide_up(a->width, 4), .down = divide_up(a->height, 4)};
  int total = a->batch * b.across * b.down, blocks = divide_up(total, a->tiles);
  int output_blocks = divide_up(a->outputs, OUTPUT_BLOCK), pitch = 4 * min_int(b.across, a->tiles) + 4;
  int strips = a->tiles / b.across + 2;
  long in_stride = (long)a->channels * a->tiles + FREQUENCY_PAD;
  float *strip = a->work + (long)thread * a->work_words, *in = strip + strips * 6 * pitch + 4;
  in = (float *)(((uintptr_t)in + 63) & ~(uintptr_t)63);
  share(blocks * a->parts, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int part = unit % a->parts;
    b.first = unit / a->parts * a->tiles;
    b.count = min_int(a->tiles, total - b.first);
    locate(a, &b, pitch);
    for (int c = 0; c < a->channels; c++) {
      copy_strips(a, &b, c, strip, pitch);
      for (int t = 0; t < b.count; t += 4) {
        const float *p[4] = {strip + b.patch[t], strip + b.patch[t + 1], strip + b.patch[t + 2], strip + b.patch[t + 3]};
        float *to = in + ((long)(t / 8) * a->channels + c) * 8 + t % 8;
        patches_to_frequencies(p, pitch, to, in_stride);
      }
    }
    int from = output_blocks * part / a->parts, end = output_blocks * (part + 1) / a->parts;
    for (int block = from; block < end; block++) {
      output_block(a, &b, block, in, in_stride, in + POINTS * in_stride);
    }
  }
}
