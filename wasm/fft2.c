// Orthonormal 2-D FFT of complex planes by FFTW 3, one plane per thread at a time. For even sizes a centring shift
// of the spectrum is a checkerboard of signs on the other side, so it costs nothing beside the scaling.
#include "kernels.h"

typedef struct fftwf_plan_s *fftwf_plan;
fftwf_plan fftwf_plan_dft_2d(int n0, int n1, float *in, float *out, int sign, unsigned flags);
void fftwf_execute_dft(fftwf_plan plan, float *in, float *out);
void *plica_allocate(unsigned long bytes);

// Estimated plans depend on the size alone, so every run of every machine does the same arithmetic.
enum { FORWARD = -1, BACKWARD = 1, ESTIMATE = 1 << 6 };

typedef struct {
  float *out, *in;
  int planes, height, width, inverse, shift;
  fftwf_plan plan;  // filled in by setup_fft2
} Fft2Args;

typedef struct KnownPlan {
  int height, width, inverse;
  fftwf_plan plan;
  struct KnownPlan *next;
} KnownPlan;

static KnownPlan *known;

int setup_fft2(void *args) {
  Fft2Args *a = args;
  KnownPlan *k = known;
  while (k && (k->height != a->height || k->width != a->width || k->inverse != a->inverse)) k = k->next;
  if (!k) {
    k = plica_allocate(sizeof *k);
    if (!k) return 0;
    // Forward transforms run in place, after the scaling; inverse ones before it. Nothing is read or written here.
    float *in = a->inverse ? a->in : a->out;
    *k = (KnownPlan){a->height, a->width, a->inverse, 0, known};
    k->plan = fftwf_plan_dft_2d(a->height, a->width, in, a->out, a->inverse ? BACKWARD : FORWARD, ESTIMATE);
    if (!k->plan) return 0;
    known = k;
  }
  a->plan = k->plan;
  return 1;
}

static void scale_plane(float *out, const float *in, int height, int width, int checkerboard) {
  float s = 1.0f / __builtin_sqrtf((float)height * (float)width);
  float odd = checkerboard ? -s : s;
  V even_row = wasm_f32x4_make(s, s, odd, odd), odd_row = wasm_f32x4_make(odd, odd, s, s);
  for (int y = 0; y < height; y++) {
    V factor = checkerboard && (y & 1) ? odd_row : even_row;
    for (int x = 0; x < 2 * width; x += 4) store(out + x, mul(load(in + x), factor));
    out += 2 * width;
    in += 2 * width;
  }
}

KERNEL(fft2, Fft2Args) {
  long words = 2L * a->height * a->width;
  share(a->planes, lo, hi);
  for (int plane = lo; plane < hi; plane++) {
    float *in = a->in + plane * words, *out = a->out + plane * words;
    if (a->inverse) {
      fftwf_execute_dft(a->plan, in, out);
      scale_plane(out, out, a->height, a->width, a->shift);
    } else {
      scale_plane(out, in, a->height, a->width, a->shift);
      fftwf_execute_dft(a->plan, out, out);
    }
  }
}
