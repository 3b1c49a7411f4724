// Orthonormal 2-D FFT of complex planes, row by row and then column by column. For even sizes a centring shift of the
// spectrum is a checkerboard of signs on the other side, so it costs nothing beside the scaling. Three ways:
// planes up to 64 x 64 as a whole by FFTW 3; larger ones whose sides are powers of two four lines at a time (fft_lines.h,
// 1.5 times as fast as FFTW's codelets in WebAssembly); the rest by FFTW through small buffers, eight columns at a time:
// in place, and with elements a power of two apart contending for the same cache lines, it took four times as long.
#include "fft/fft_lines.h"
#include "kernels.h"

typedef struct fftwf_plan_s *fftwf_plan;
fftwf_plan fftwf_plan_dft_2d(int n0, int n1, float *in, float *out, int sign, unsigned flags);
fftwf_plan fftwf_plan_many_dft(int rank, const int *n, int howmany, float *in, const int *inembed, int istride,
                               int idist, float *out, const int *onembed, int ostride, int odist, int sign,
                               unsigned flags);
void fftwf_execute_dft(fftwf_plan plan, float *in, float *out);
void *plica_allocate(unsigned long bytes);
double cos(double);
double sin(double);

// Estimated plans depend on the size alone, so every run of every machine does the same arithmetic.
enum { FORWARD = -1, BACKWARD = 1, ESTIMATE = 1 << 6, COLUMNS = 8, ROWS = 2, MAX_SIZE = 2048, SMALL = 64 * 64 };

typedef struct Plans {
  int height, width, inverse;
  fftwf_plan whole;                      // of small planes
  float *row_factors, *column_factors;   // of large ones with sides that are powers of two
  fftwf_plan rows, columns;              // of other large ones
  struct Plans *next;
} Plans;

// A plane whole, or its rows or its columns alone, so that few planes can be shared by many threads.
enum { WHOLE, ROWS_ONLY, COLUMNS_ONLY };

typedef struct {
  float *out, *in;
  int planes, height, width, inverse, shift, part;
  const Plans *plans;  // filled in by setup_fft2
} Fft2Args;

static Plans *known;

static float *line_factors(int length) {
  float *first = plica_allocate(4 * (unsigned)line_factor_words(length)), *to = first;
  for (int n = length; to && n >= 4; n /= 4) {
    for (int k = 0; k < 3 * (n / 4); k++) {
      double angle = -6.283185307179586 * (k / 3) * (k % 3 + 1) / n;
      *to++ = (float)cos(angle);
      *to++ = (float)sin(angle);
    }
  }
  return first;
}

static int is_power_of_two(int n) { return n >= 8 && (n & (n - 1)) == 0; }

static int make_plans(Plans *p) {
  static float at[4] __attribute__((aligned(16))), from[4] __attribute__((aligned(16)));  // only their alignment counts
  int sign = p->inverse ? BACKWARD : FORWARD;
  if (p->height * p->width <= SMALL) {
    // Forward in place, after the scaling; inverse from one plane to another, before it.
    p->whole = fftwf_plan_dft_2d(p->height, p->width, p->inverse ? from : at, at, sign, ESTIMATE);
    return p->whole != 0;
  }
  if (is_power_of_two(p->height) && is_power_of_two(p->width)) {
    p->row_factors = line_factors(p->width);
    p->column_factors = line_factors(p->height);
    return p->row_factors && p->column_factors;
  }
  p->rows = fftwf_plan_many_dft(1, &p->width, ROWS, from, 0, 1, p->width, at, 0, 1, p->width, sign, ESTIMATE);
  p->columns = fftwf_plan_many_dft(1, &p->height, COLUMNS, from, 0, COLUMNS, 1, at, 0, COLUMNS, 1, sign, ESTIMATE);
  return p->rows && p->columns;
}

int setup_fft2(void *args) {
  Fft2Args *a = args;
  Plans *p = known;
  while (p && (p->height != a->height || p->width != a->width || p->inverse != a->inverse)) p = p->next;
  if (!p) {
    if (a->height > MAX_SIZE || a->width > MAX_SIZE || !(p = plica_allocate(sizeof *p))) return 0;
    *p = (Plans){.height = a->height, .width = a->width, .inverse = a->inverse, .next = known};
    if (!make_plans(p)) return 0;
    known = p;
  }
  a->plans = p;
  return 1;
}

// The factor of each element: `factor`, or `odd` on the other colour of a checkerboard.
typedef struct {
  float factor, odd;
} Scale;

static const Scale unscaled = {1, 1};

// Copies a box of complex values, scaled.
static void scale(float *to, int to_pitch, const float *from, int from_pitch, int rows, int columns, Scale s) {
  V even_row = wasm_f32x4_make(s.factor, s.factor, s.odd, s.odd);
  V odd_row = wasm_f32x4_make(s.odd, s.odd, s.factor, s.factor);
  for (int y = 0; y < rows; y++, to += to_pitch, from += from_pitch) {
    V f = y & 1 ? odd_row : even_row;
    for (int x = 0; x < 2 * columns; x += 4) store(to + x, mul(load(from + x), f));
  }
}

// Rows from..end of a plane.
static void fftw_rows(const Fft2Args *a, const float *in, float *out, int from, int end, Scale s) {
  float buffer[2 * ROWS * MAX_SIZE] __attribute__((aligned(16)));
  int pitch = 2 * a->width;
  for (int y = from; y < end; y += ROWS) {
    scale(buffer, pitch, in + (long)y * pitch, pitch, ROWS, a->width, s);
    fftwf_execute_dft(a->plans->rows, buffer, out + (long)y * pitch);
  }
}

// Columns from..end of a plane, in place.
static void fftw_columns(const Fft2Args *a, float *out, int from, int end, Scale s) {
  float buffer[2 * COLUMNS * MAX_SIZE] __attribute__((aligned(16)));
  float result[2 * COLUMNS * MAX_SIZE] __attribute__((aligned(16)));
  int h = a->height, pitch = 2 * a->width;
  for (int x = from; x < end; x += COLUMNS) {
    int n = min_int(COLUMNS, a->width - x);
    scale(buffer, 2 * COLUMNS, out + 2 * x, pitch, h, n, unscaled);
    fftwf_execute_dft(a->plans->columns, buffer, result);
    scale(out + 2 * x, pitch, result, 2 * COLUMNS, h, n, s);
  }
}

// Between the work spaces of lines, so that they do not lie a power of two apart.
enum { GAP = 4 };

#define V_ALTERNATING(p, q) wasm_f32x4_make(p, q, p, q)

static void line_rows(const Fft2Args *a, const float *in, float *out, int from, int end, Scale s) {
  V work[4 * MAX_SIZE + GAP], *x = work, *y = work + 2 * a->width + GAP;
  int w = a->width, pitch = 2 * w, re = a->inverse, im = !re;
  V even = V_ALTERNATING(s.factor, s.odd), odd = V_ALTERNATING(s.odd, s.factor);
  for (int r = from; r < end; r += 4) {
    const float *p = in + (long)r * pitch;
    for (int c = 0; c < w; c += 2, p += 4) {
      V v0 = load(p), v1 = load(p + pitch), v2 = load(p + 2 * pitch), v3 = load(p + 3 * pitch);
      transpose4(v0, v1, v2, v3);
      x[2 * c + re] = mul(v0, even);
      x[2 * c + im] = mul(v1, even);
      x[2 * c + 2 + re] = mul(v2, odd);
      x[2 * c + 2 + im] = mul(v3, odd);
    }
    const V *done = transform_lines(x, y, w, a->plans->row_factors);
    float *to = out + (long)r * pitch;
    for (int c = 0; c < w; c += 2, to += 4) {
      V v0 = done[2 * c + re], v1 = done[2 * c + im], v2 = done[2 * c + 2 + re], v3 = done[2 * c + 2 + im];
      transpose4(v0, v1, v2, v3);
      store(to, v0);
      store(to + pitch, v1);
      store(to + 2 * pitch, v2);
      store(to + 3 * pitch, v3);
    }
  }
}

// Eight columns, a whole cache line of each row, at a time.
static void line_columns(const Fft2Args *a, float *out, int from, int end, Scale s) {
  V work[6 * MAX_SIZE + 2 * GAP], *left = work, *right = left + 2 * a->height + GAP, *y = right + 2 * a->height + GAP;
  int h = a->height, pitch = 2 * a->width, re = a->inverse, im = !re;
  V even = V_ALTERNATING(s.factor, s.odd), odd = V_ALTERNATING(s.odd, s.factor);
  for (int c = from; c < end; c += 8) {
    const float *p = out + 2 * c;
    for (int r = 0; r < 2 * h; r += 2, p += pitch) {
      V v0 = load(p), v1 = load(p + 4), v2 = load(p + 8), v3 = load(p + 12);
      left[r + re] = wasm_i32x4_shuffle(v0, v1, 0, 2, 4, 6);
      left[r + im] = wasm_i32x4_shuffle(v0, v1, 1, 3, 5, 7);
      right[r + re] = wasm_i32x4_shuffle(v2, v3, 0, 2, 4, 6);
      right[r + im] = wasm_i32x4_shuffle(v2, v3, 1, 3, 5, 7);
    }
    const V *l = transform_lines(left, y, h, a->plans->column_factors);
    const V *m = transform_lines(right, l == left ? y : left, h, a->plans->column_factors);
    float *to = out + 2 * c;
    for (int r = 0; r < 2 * h; r += 2, to += pitch) {
      V f = r & 2 ? odd : even;
      V v0 = mul(l[r + re], f), v1 = mul(l[r + im], f), v2 = mul(m[r + re], f), v3 = mul(m[r + im], f);
      store(to, wasm_i32x4_shuffle(v0, v1, 0, 4, 1, 5));
      store(to + 4, wasm_i32x4_shuffle(v0, v1, 2, 6, 3, 7));
      store(to + 8, wasm_i32x4_shuffle(v2, v3, 0, 4, 1, 5));
      store(to + 12, wasm_i32x4_shuffle(v2, v3, 2, 6, 3, 7));
    }
  }
}

// A share of a plane's rows or columns, counted in eighths so that no transform is cut.
static void transform_part(const Fft2Args *a, int part, long plane, int piece, int pieces, Scale s) {
  const float *in = a->in + plane * 2 * a->height * a->width;
  float *out = a->out + plane * 2 * a->height * a->width;
  int lines = part == ROWS_ONLY ? a->height : a->width, eights = divide_up(lines, 8);
  int from = 8 * (eights * piece / pieces), end = min_int(lines, 8 * (eights * (piece + 1) / pieces));
  int fftw = a->plans->row_factors == 0, here = part == ROWS_ONLY ? !a->inverse : a->inverse;
  if (!here) s = unscaled;
  if (part == ROWS_ONLY) (fftw ? fftw_rows : line_rows)(a, in, out, from, end, s);
  else (fftw ? fftw_columns : line_columns)(a, out, from, end, s);
}

static void transform_small(const Fft2Args *a, long plane, Scale s) {
  int h = a->height, w = a->width;
  float *in = a->in + plane * 2 * h * w, *out = a->out + plane * 2 * h * w;
  if (a->inverse) fftwf_execute_dft(a->plans->whole, in, out);
  scale(out, 2 * w, a->inverse ? out : in, 2 * w, h, w, s);
  if (!a->inverse) fftwf_execute_dft(a->plans->whole, out, out);
}

KERNEL(fft2, Fft2Args) {
  float factor = 1.0f / __builtin_sqrtf((float)a->height * (float)a->width);
  Scale s = {factor, a->shift ? -factor : factor};
  // Pieces of rows and columns: 8 of each plane, whatever the number of threads.
  int pieces = a->part == WHOLE ? 1 : 8;
  share(a->planes * pieces, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int plane = unit / pieces, piece = unit % pieces;
    if (a->plans->whole) {
      transform_small(a, plane, s);
      continue;
    }
    if (a->part != COLUMNS_ONLY) transform_part(a, ROWS_ONLY, plane, piece, pieces, s);
    if (a->part != ROWS_ONLY) transform_part(a, COLUMNS_ONLY, plane, piece, pieces, s);
  }
}
