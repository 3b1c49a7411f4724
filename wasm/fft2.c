// Orthonormal 2-D FFT of complex planes by FFTW 3, one plane per thread at a time. For even sizes a centring shift of
// the spectrum is a checkerboard of signs on the other side, so it costs nothing beside the scaling. Planes beyond
// 64 x 64 go through small buffers, row by row and then eight columns at a time: in place, and with elements a power of
// two apart contending for the same cache lines, 256 x 256 took 1.6 ms instead of 0.4.
#include "kernels.h"

typedef struct fftwf_plan_s *fftwf_plan;
fftwf_plan fftwf_plan_dft_2d(int n0, int n1, float *in, float *out, int sign, unsigned flags);
fftwf_plan fftwf_plan_many_dft(int rank, const int *n, int howmany, float *in, const int *inembed, int istride,
                               int idist, float *out, const int *onembed, int ostride, int odist, int sign,
                               unsigned flags);
void fftwf_execute_dft(fftwf_plan plan, float *in, float *out);
void *plica_allocate(unsigned long bytes);

// Estimated plans depend on the size alone, so every run of every machine does the same arithmetic.
enum { FORWARD = -1, BACKWARD = 1, ESTIMATE = 1 << 6, COLUMNS = 8, ROWS = 2, MAX_SIZE = 2048, SMALL = 64 * 64 };

typedef struct Plans {
  int height, width, inverse;
  fftwf_plan whole;          // of small planes
  fftwf_plan rows, columns;  // of large ones
  struct Plans *next;
} Plans;

typedef struct {
  float *out, *in;
  int planes, height, width, inverse, shift;
  const Plans *plans;  // filled in by setup_fft2
} Fft2Args;

static Plans *known;

static int make_plans(Plans *p) {
  static float at[4] __attribute__((aligned(16))), from[4] __attribute__((aligned(16)));  // only their alignment counts
  int sign = p->inverse ? BACKWARD : FORWARD;
  if (p->height * p->width <= SMALL) {
    // Forward in place, after the scaling; inverse from one plane to another, before it.
    p->whole = fftwf_plan_dft_2d(p->height, p->width, p->inverse ? from : at, at, sign, ESTIMATE);
    return p->whole != 0;
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
    if (a->height > MAX_SIZE || a->width > COLUMNS * MAX_SIZE / ROWS || !(p = plica_allocate(sizeof *p))) return 0;
    *p = (Plans){a->height, a->width, a->inverse, 0, 0, 0, known};
    if (!make_plans(p)) return 0;
    known = p;
  }
  a->plans = p;
  return 1;
}

// Copies a box of complex values, each multiplied by `factor` or, on the other colour of a checkerboard, by `odd`.
static void scale(float *to, int to_pitch, const float *from, int from_pitch, int rows, int columns, float factor,
                  float odd) {
  V even_row = wasm_f32x4_make(factor, factor, odd, odd), odd_row = wasm_f32x4_make(odd, odd, factor, factor);
  for (int y = 0; y < rows; y++, to += to_pitch, from += from_pitch) {
    V f = y & 1 ? odd_row : even_row;
    for (int x = 0; x < 2 * columns; x += 4) store(to + x, mul(load(from + x), f));
  }
}

static void transform_large(const Fft2Args *a, const float *in, float *out, float factor, float odd) {
  float buffer[2 * COLUMNS * MAX_SIZE] __attribute__((aligned(16)));
  float result[2 * COLUMNS * MAX_SIZE] __attribute__((aligned(16)));
  int h = a->height, pitch = 2 * a->width, before = !a->inverse;
  for (int y = 0; y < h; y += ROWS) {
    scale(buffer, pitch, in + y * pitch, pitch, ROWS, a->width, before ? factor : 1, before ? odd : 1);
    fftwf_execute_dft(a->plans->rows, buffer, out + y * pitch);
  }
  for (int x = 0; x < a->width; x += COLUMNS) {
    int n = min_int(COLUMNS, a->width - x);
    scale(buffer, 2 * COLUMNS, out + 2 * x, pitch, h, n, 1, 1);
    fftwf_execute_dft(a->plans->columns, buffer, result);
    scale(out + 2 * x, pitch, result, 2 * COLUMNS, h, n, before ? 1 : factor, before ? 1 : odd);
  }
}

KERNEL(fft2, Fft2Args) {
  int h = a->height, w = a->width;
  float factor = 1.0f / __builtin_sqrtf((float)h * (float)w), odd = a->shift ? -factor : factor;
  share(a->planes, lo, hi);
  for (int plane = lo; plane < hi; plane++) {
    float *in = a->in + (long)plane * 2 * h * w, *out = a->out + (long)plane * 2 * h * w;
    if (!a->plans->whole) {
      transform_large(a, in, out, factor, odd);
    } else if (a->inverse) {
      fftwf_execute_dft(a->plans->whole, in, out);
      scale(out, 2 * w, out, 2 * w, h, w, factor, odd);
    } else {
      scale(out, 2 * w, in, 2 * w, h, w, factor, odd);
      fftwf_execute_dft(a->plans->whole, out, out);
    }
  }
}
