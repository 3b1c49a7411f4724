// Patches cut from an image at whole pixels, their adjoint, and rows taken from and put into a table.
#include "kernels.h"

// Far outside stands for no place at all.
INLINE int whole(float x) { return x > -1e6f && x < 1e6f ? (int)__builtin_floorf(x + 0.5f) : -(1 << 24); }

typedef struct {
  float *out;
  const float *image, *starts;  // starts[n][2] = (x, y) of a patch's first pixel
  int count, height, width;     // of the patches
  int image_height, image_width;
  int words;  // of a pixel: 2 for complex
} ExtractArgs;

KERNEL(extract, ExtractArgs) {
  int h = a->height, w = a->width, words = a->words;
  share(a->count * h, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int n = unit / h, x = whole(a->starts[2 * n]), y = whole(a->starts[2 * n + 1]) + unit % h;
    float *out = a->out + (long)unit * w * words;
    int first = min_int(max_int(-x, 0), w), last = max_int(min_int(a->image_width - x, w), first);
    if (y < 0 || y >= a->image_height) first = last = w;
    __builtin_memset(out, 0, 4 * (unsigned)(first * words));
    if (last > first) {
      const float *from = a->image + ((long)y * a->image_width + x + first) * words;
      copy_words(out + first * words, from, (last - first) * words);
    }
    __builtin_memset(out + last * words, 0, 4 * (unsigned)((w - last) * words));
  }
}

typedef struct {
  float *out;
  const float *patches, *starts;
  int count, height, width;  // of the patches
  int image_height, image_width;
  int words;
} ScatterArgs;

static void add_words(float *to, const float *from, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) store(to + i, add(load(to + i), load(from + i)));
  for (; i < n; i++) to[i] += from[i];
}

// Every row of the image gathers from the patches that cover it, in their order: the sum does not depend on threads.
KERNEL(scatter, ScatterArgs) {
  int h = a->height, w = a->width, words = a->words;
  share(a->image_height, lo, hi);
  __builtin_memset(a->out + (long)lo * a->image_width * words, 0, 4ul * (unsigned)((hi - lo) * a->image_width * words));
  for (int n = 0; n < a->count; n++) {
    int x = whole(a->starts[2 * n]), y = whole(a->starts[2 * n + 1]);
    int first = max_int(-x, 0), last = min_int(a->image_width - x, w);
    if (last <= first) continue;
    for (int row = max_int(lo, y); row < min_int(hi, y + h); row++) {
      const float *from = a->patches + (((long)n * h + row - y) * w + first) * words;
      add_words(a->out + ((long)row * a->image_width + x + first) * words, from, (last - first) * words);
    }
  }
}

typedef struct {
  float *out;
  const float *table, *index;
  int count, rows, words;  // of a row
} TakeArgs;

KERNEL(take, TakeArgs) {
  share(a->count, lo, hi);
  for (int n = lo; n < hi; n++) {
    int row = whole(a->index[n]);
    unsigned bytes = 4 * (unsigned)a->words;
    float *out = a->out + (long)n * a->words;
    if (row < 0 || row >= a->rows) __builtin_memset(out, 0, bytes);
    else __builtin_memcpy(out, a->table + (long)row * a->words, bytes);
  }
}

typedef struct {
  float *table;
  const float *values, *index;
  int count, rows, words;
} PutArgs;

KERNEL(put, PutArgs) {
  share(a->count, lo, hi);
  for (int n = lo; n < hi; n++) {
    int row = whole(a->index[n]);
    if (row < 0 || row >= a->rows) continue;
    __builtin_memcpy(a->table + (long)row * a->words, a->values + (long)n * a->words, 4 * (unsigned)a->words);
  }
}
