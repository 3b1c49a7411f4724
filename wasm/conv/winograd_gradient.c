// The weight gradient of a 3x3 convolution in Winograd's transformed domain: for each frequency the product of the
// transformed gradient and the transformed input, summed over all tiles. The tiles are done in chunks: a call of
// winograd_gradient_transform and one of winograd_gradient_product for each, then winograd_gradient_finish.
#include "kernels.h"
#include "conv/winograd.h"

typedef struct {
  float *in;   // [frequency][8 channels][tile][8]
  float *out;  // [frequency][4 outputs][tile][4]
  const float *x, *g;
  float *strips;  // one for each thread
  int batch, channels, height, width, outputs;
  int first, count;  // tiles of this chunk
  int tiles;         // of a full chunk
  int strip_words;
} TransformArgs;

// A row of tiles, or the part of it that lies in the chunk.
typedef struct {
  int image, ty, tx, count;
} Run;

static Run next_run(const TransformArgs *a, int done) {
  int across = divide_up(a->width, 4), down = divide_up(a->height, 4);
  int tile = a->first + done, row = tile / across, tx = tile % across;
  return (Run){row / down, row % down, tx, min_int(across - tx, a->count - done)};
}

// Channels past the last one repeat it; what comes of them is never read.
static void transform_channels(const TransformArgs *a, int group, float *strip) {
  long stride = (long)divide_up(a->channels, 8) * 8 * a->tiles + FREQUENCY_PAD;
  float *to = a->in + (long)(group / 2) * 8 * a->tiles + group % 2 * 4;
  for (int t = 0; t < a->count;) {
    Run run = next_run(a, t);
    int pitch = 4 * run.count + 4;
    for (int k = 0; k < 4; k++) {
      long plane = (long)run.image * a->channels + min_int(4 * group + k, a->channels - 1);
      copy_patch(strip + k * 6 * pitch, pitch, a->x + plane * a->height * a->width, a->height, a->width, 4 * run.ty - 1,
                 4 * run.tx - 1, 6, 4 * run.count + 2);
    }
    for (int i = 0; i < run.count; i++, t++) {
      const float *p[4] = {strip + 4 * i, strip + 6 * pitch + 4 * i, strip + 12 * pitch + 4 * i,
                           strip + 18 * pitch + 4 * i};
      patches_to_frequencies(p, pitch, to + 8 * t, stride);
    }
  }
}

INLINE void tiles_to_frequencies(const float *p, int plane, int pitch, float *to, long stride) {
  V rows[24];
  for (int y = 0; y < 4; y++, p += pitch) {
    V d[4] = {load(p), load(p + plane), load(p + 2 * plane), load(p + 3 * plane)};
    transpose4(d[0], d[1], d[2], d[3]);
    transform_gradient(d, rows + y, 4);
  }
  for (int x = 0; x < 6; x++) {
    V f[6];
    transform_gradient(rows + 4 * x, f, 1);
#pragma clang loop unroll(full)
    for (int y = 0; y < 6; y++) store(to + (6 * y + x) * stride, f[y]);
  }
}

static void transform_outputs(const TransformArgs *a, int group, float *strip) {
  long stride = (long)divide_up(a->outputs, 4) * 4 * a->tiles + FREQUENCY_PAD;
  float *to = a->out + (long)group * 4 * a->tiles;
  for (int t = 0; t < a->count;) {
    Run run = next_run(a, t);
    int pitch = 4 * run.count + 4;
    for (int k = 0; k < 4; k++) {
      long plane = (long)run.image * a->outputs + min_int(4 * group + k, a->outputs - 1);
      copy_patch(strip + k * 4 * pitch, pitch, a->g + plane * a->height * a->width, a->height, a->width, 4 * run.ty,
                 4 * run.tx, 4, 4 * run.count);
    }
    for (int i = 0; i < run.count; i++, t++) {
      tiles_to_frequencies(strip + 4 * i, 4 * pitch, pitch, to + 4 * t, stride);
    }
  }
}

KERNEL(winograd_gradient_transform, TransformArgs) {
  int in_groups = divide_up(a->channels, 8) * 2, out_groups = divide_up(a->outputs, 4);
  float *strip = a->strips + (long)thread * a->strip_words;
  share(in_groups + out_groups, lo, hi);
  for (int group = lo; group < hi; group++) {
    if (group < in_groups) {
      transform_channels(a, group, strip);
    } else {
      transform_outputs(a, group - in_groups, strip);
    }
  }
}

typedef struct {
  float *sums;  // [frequency][4 outputs][8 channels][4][8]
  const float *in, *out;
  int channels, outputs, count, tiles;
  int more;  // add to the sums of earlier chunks
} ProductArgs;

KERNEL(winograd_gradient_product, ProductArgs) {
  int in_groups = divide_up(a->channels, 8), out_groups = divide_up(a->outputs, 4);
  long in_stride = (long)in_groups * 8 * a->tiles + FREQUENCY_PAD;
  long out_stride = (long)out_groups * 4 * a->tiles + FREQUENCY_PAD;
  share(POINTS * out_groups, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int f = unit / out_groups, group = unit % out_groups;
    const float *u = a->out + f * out_stride + (long)group * 4 * a->tiles, *v = a->in + f * in_stride;
    float *to = a->sums + (long)unit * in_groups * 32;
    for (int panel = 0; panel < in_groups; panel++, to += 32, v += 8 * a->tiles) {
      V sum[4][2];
#pragma clang loop unroll(full)
      for (int k = 0; k < 8; k++) sum[k / 2][k % 2] = a->more ? load(to + 4 * k) : splat(0.0f);
      product4x8(u, v, a->count, sum);
#pragma clang loop unroll(full)
      for (int k = 0; k < 8; k++) store(to + 4 * k, sum[k / 2][k % 2]);
    }
  }
}

typedef struct {
  float *out;  // [outputs][channels][3][3]
  const float *sums;
  int channels, outputs;
} FinishArgs;

KERNEL(winograd_gradient_finish, FinishArgs) {
  int in_groups = divide_up(a->channels, 8), out_groups = divide_up(a->outputs, 4);
  long stride = (long)out_groups * in_groups * 32;
  share(a->outputs, lo, hi);
  for (int o = lo; o < hi; o++) {
    for (int c = 0; c < a->channels; c += 4) {
      const float *from = a->sums + ((long)(o / 4) * in_groups + c / 8) * 32 + o % 4 * 8 + c % 8;
      V rows[18], w[9];
      for (int x = 0; x < 6; x++) {
        V u[6];
        for (int y = 0; y < 6; y++) u[y] = load(from + (6 * y + x) * stride);
        transform_weight_gradient(u, rows + x, 6);
      }
      for (int y = 0; y < 3; y++) transform_weight_gradient(rows + 6 * y, w + 3 * y, 1);
      float *to = a->out + ((long)o * a->channels + c) * 9;
      float lanes[9][4];
      for (int k = 0; k < 9; k++) store(lanes[k], w[k]);
      for (int i = 0; i < 9 * min_int(4, a->channels - c); i++) to[i] = lanes[i % 9][i / 9];
    }
  }
}
