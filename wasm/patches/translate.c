// Bilinear translation by sub-pixel offsets. One offset moves a whole image, so the four weights are constants.
#include "kernels.h"

typedef struct {
  float *out;
  const float *image, *offsets;  // offsets[n][2] = (x, y) in pixels
  int images, height, width;     // images is 1 where one image serves all offsets
  int count, out_height, out_width;
  int sign, words;  // words: 2 for complex
} TranslateArgs;

typedef struct {
  const float *top, *low;  // the two rows of the image
  float left, right;       // weights of a column and of its right neighbour
  float above, below;      // weights of the rows
} Sampler;

INLINE float sample(const Sampler *s, long at) { return s->above * s->top[at] + s->below * s->low[at]; }

// One output row: column x of the result lies between columns x + shift and x + shift + 1 of the image.
static void sample_row(float *out, const Sampler *s, int shift, int width, int out_width, int words) {
  int first = min_int(max_int(-1 - shift, 0), out_width), last = max_int(min_int(width - shift, out_width), first);
  int lo = min_int(max_int(first, -shift), last), hi = max_int(min_int(last, width - 1 - shift), lo);
  long move = (long)shift * words;
  __builtin_memset(out, 0, 4 * (unsigned)(first * words));
  __builtin_memset(out + last * words, 0, 4 * (unsigned)((out_width - last) * words));
  for (int i = first * words; i < lo * words; i++) out[i] = s->right * sample(s, i + move + words);
  for (int i = hi * words; i < last * words; i++) out[i] = s->left * sample(s, i + move);
  V tl = splat(s->above * s->left), tr = splat(s->above * s->right);
  V ll = splat(s->below * s->left), lr = splat(s->below * s->right);
  int i = lo * words;
  for (; i + 4 <= hi * words; i += 4) {
    const float *top = s->top + i + move, *low = s->low + i + move;
    V upper = madd(tr, load(top + words), mul(tl, load(top)));
    V lower = madd(lr, load(low + words), mul(ll, load(low)));
    store(out + i, add(upper, lower));
  }
  for (; i < hi * words; i++) {
    out[i] = s->left * sample(s, i + move) + s->right * sample(s, i + move + words);
  }
}

KERNEL(translate, TranslateArgs) {
  int rows = a->out_height, h = a->height, w = a->width;
  share(a->count * rows, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int n = unit / rows;
    float *out = a->out + (long)unit * a->out_width * a->words;
    double x = -a->sign * (double)a->offsets[2 * n] - (a->out_width - w) / 2;
    double y = -a->sign * (double)a->offsets[2 * n + 1] - (rows - h) / 2 + unit % rows;
    double column = __builtin_floor(x), row = __builtin_floor(y);
    // Far outside, or not a number: nothing of the image is seen.
    if (!(row >= -1 && row < h && column > -1e9 && column < 1e9)) {
      __builtin_memset(out, 0, 4 * (unsigned)(a->out_width * a->words));
      continue;
    }
    const float *image = a->image + (a->images == 1 ? 0 : (long)n * h * w * a->words);
    int r = (int)row;
    float fx = (float)(x - column), fy = (float)(y - row);
    Sampler s = {image + (long)max_int(r, 0) * w * a->words, image + (long)min_int(r + 1, h - 1) * w * a->words,
                 1 - fx, fx, r < 0 ? 0 : 1 - fy, r + 1 < h ? fy : 0};
    sample_row(out, &s, (int)column, w, a->out_width, a->words);
  }
}
